type CamelName<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelName<Tail>>}`
  : Name;

export type CamelCased<T> = { [Name in keyof T as CamelName<Name & string>]: T[Name] };

/** The same members under GraphQL's names: `serial_number` is `serialNumber`. One level deep, like all that Cloudflare answers here. */
export function camelCased<T extends object>(wire: T): CamelCased<T> {
  const entries = Object.entries(wire).map(([name, value]) => [camelNameOf(name), value as unknown]);
  return Object.fromEntries(entries) as CamelCased<T>;
}

/** The names come from schemas, so there are few, and each is made once. */
const known = new Map<string, string>();

export function camelNameOf(name: string): string {
  const made = known.get(name) ?? name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  known.set(name, made);
  return made;
}
