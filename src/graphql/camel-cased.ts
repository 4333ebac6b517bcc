type CamelName<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelName<Tail>>}`
  : Name;

export type CamelCased<T> = { [Name in keyof T as CamelName<Name & string>]: T[Name] };

/** The same members under GraphQL's names: `serial_number` is `serialNumber`. One level deep, like all that Cloudflare answers here. */
export function camelCased<T extends object>(wire: T): CamelCased<T> {
  const entries = Object.entries(wire).map(([name, value]) => [
    name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    value as unknown,
  ]);
  return Object.fromEntries(entries) as CamelCased<T>;
}
