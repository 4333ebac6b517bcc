/** A text that stands for a file in the variables, such as `<client.key>`. */
const standIn = /^<.+>$/s;
/** The gateway refuses less than that. A larger file was chosen by mistake. */
const mostBytes = 1024 * 1024;

/**
 * The files that were chosen. A file is read when a request with it is sent. Its text is kept nowhere: not here, and not in an
 * editor, whose content GraphiQL copies.
 */
export class ChosenFiles {
  readonly #files = new Map<string, File>();

  /** Resolves to what stands for the file in the variables: its name, with a number where another file has that name. */
  async add(file: File): Promise<string> {
    for (let number = 1; ; number++) {
      const name = number === 1 ? `<${file.name}>` : `<${file.name} (${number})>`;
      const known = this.#files.get(name);
      if (known && (await areTwo(known, file))) continue;
      this.#files.set(name, file);
      return name;
    }
  }

  /**
   * The variables with the text of each file in its place.
   *
   * @throws Error that says which file has to be chosen
   */
  async readInto(variables: unknown): Promise<unknown> {
    if (typeof variables === 'string') return standIn.test(variables) ? this.#read(variables) : variables;
    if (Array.isArray(variables)) return Promise.all(variables.map((item) => this.readInto(item)));
    if (typeof variables !== 'object' || variables === null) return variables;
    const members = Object.entries(variables).map(
      async ([name, value]) => [name, await this.readInto(value)] as const,
    );
    return Object.fromEntries(await Promise.all(members));
  }

  async #read(name: string): Promise<string> {
    const file = this.#files.get(name);
    const choose = 'Choose it with the buttons beside Headers, below the operation.';
    if (!file) throw new Error(`Nothing was sent: no file is chosen for ${name}. ${choose}`);
    if (file.size > mostBytes) {
      throw new Error(`Nothing was sent: ${name} is larger than 1 MiB. A certificate or key has a few KiB.`);
    }
    try {
      return await file.text();
    } catch {
      throw new Error(`Nothing was sent: ${name} was changed or removed since it was chosen. ${choose}`);
    }
  }
}

/** False where the file that was chosen before was changed or removed since: the new one takes its place. */
async function areTwo(before: File, now: File): Promise<boolean> {
  try {
    const texts = await Promise.all([before, now].map((file) => file.slice(0, mostBytes).text()));
    return texts[0] !== texts[1];
  } catch {
    return false;
  }
}
