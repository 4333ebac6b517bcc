import { type Example, examples } from './examples.js';
import { memberIn, withMember } from './members.js';

interface Sent {
  readonly operationName?: string | null | undefined;
  readonly variables?: unknown;
}

interface Answer {
  readonly data?: object | null;
  readonly errors?: unknown;
}

/** What answers have told, for the variables of other examples. */
export class KnownValues {
  /** JSON, by the name of the member. */
  readonly #answered = new Map<string, string>();
  /** The zone of the last operation that succeeded, as JSON. */
  #zoneId: string | undefined;
  /** The variables that an example was given last, by its name. */
  readonly #given = new Map<string, string>();

  learn({ operationName, variables }: Sent, { data, errors }: Answer): void {
    if (!data || errors || isRefused(data)) return;
    this.#zoneId = memberIn(JSON.stringify(variables ?? {}), 'zoneId') ?? this.#zoneId;
    const gives = examples.find(({ name }) => name === operationName)?.gives ?? {};
    for (const [member, path] of Object.entries(gives)) {
      const value = path.reduce<unknown>((at, step) => (at as Record<string, unknown> | null)?.[step], data);
      if (typeof value === 'string') this.#answered.set(member, JSON.stringify(value));
    }
  }

  /** The variables that an example is opened with. */
  variablesOf({ name, variables }: Example): string {
    const inZone = this.#zoneId ? withMember(variables, 'zoneId', this.#zoneId) : variables;
    const text = this.#filled(inZone);
    this.#given.set(name, text);
    return text;
  }

  /**
   * The variables of an example that is shown again. A value that was edited stays, and so does the zone: what is about to be run is
   * not moved to another.
   */
  upToDate(name: string, shown: string): string {
    const given = this.#given.get(name);
    if (given === undefined) return shown;
    this.#given.set(name, this.#filled(given));
    return this.#filled(shown, (member) => memberIn(shown, member) === memberIn(given, member));
  }

  #filled(text: string, mayBeFilled: (member: string) => boolean = () => true): string {
    return [...this.#answered]
      .filter(([member]) => mayBeFilled(member))
      .reduce((filled, [member, value]) => withMember(filled, member, value), text);
  }
}

function isRefused(data: object): boolean {
  return Object.values(data).some(
    (payload: { userErrors?: readonly unknown[] } | null) => payload?.userErrors?.length,
  );
}
