/** The values of a GraphQL enum by their GraphQL names: `not_sent` is `NOT_SENT`. */
export function enumOf<T extends string>(values: readonly T[]): Record<Uppercase<T>, T> {
  return Object.fromEntries(values.map((value) => [value.toUpperCase(), value])) as Record<Uppercase<T>, T>;
}
