import { type Storage } from '@graphiql/toolkit';

/** Replaces localStorage for GraphiQL. Its content ends with the page. */
export function memoryStorage(initial: Readonly<Record<string, string>> = {}): Storage {
  const items = new Map<string, string>(Object.entries(initial));
  return {
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, value) => void items.set(name, value),
    removeItem: (name) => void items.delete(name),
    clear: () => items.clear(),
    get length() {
      return items.size;
    },
  };
}
