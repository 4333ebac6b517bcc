/** How a member of a result is decoded. */
type Kind = 'text' | 'bool' | 'time';

export type Model = Readonly<Record<string, Kind>>;
export type Decoded = Readonly<Record<string, unknown>>;

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

const fits: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string',
  bool: (value) => typeof value === 'boolean',
  time: (value) => typeof value === 'string' && rfc3339.test(value),
};

/** The members of a result that a client knows, as encoding/json and Terraform's apijson decode them: null and absent fit each kind. */
export function decoded(model: Model, result: unknown): Decoded {
  const members = (result ?? {}) as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(model).map(([name, kind]) => {
      const value = members[name] ?? null;
      if (value !== null && !fits[kind](value))
        throw new TypeError(`${name} is no ${kind}: ${JSON.stringify(value)}`);
      return [name, value];
    }),
  );
}
