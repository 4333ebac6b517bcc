/** Words that clients use in the names of operations beside those of the schema. */
const common =
  'a all an and by for from in of on the to with add fetch find get list load read remove search set show watch ' +
  'detail details history home introspection item my new overview page test';

/**
 * Decides which operation names may be logged. A caller may use any text as a name, a token too, so each of its words has
 * to be in the schema or in this file. The hash of the document identifies the other operations.
 */
export class LoggableNames {
  private readonly words = new Set(common.split(' '));

  /** @param names those of the schema */
  add(names: Iterable<string>): void {
    for (const name of names) for (const word of wordsOf(name)) this.words.add(word);
  }

  shown(name: string | null): string | null {
    if (name === null) return null;
    return name.length <= 64 && wordsOf(name).every((word) => this.isKnown(word)) ? name : '[removed]';
  }

  private isKnown(word: string): boolean {
    return this.words.has(word) || this.words.has(`${word}s`) || this.words.has(word.replace(/s$/, ''));
  }
}

/** `zoneCertificates`, `ZONE_CERTIFICATES` and `Zone_Certificates` are `zone` and `certificates`. */
function wordsOf(name: string): string[] {
  return name
    .split(/_+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/)
    .filter(Boolean)
    .map((word) => word.toLowerCase());
}
