/** A document as a file has it. */
export interface StoredDocument {
  /** Where it stands: the file, and the place in it if it has several. */
  readonly place: string;
  /** That the file gives it; null: the SHA-256 of its text is its only id. */
  readonly id: string | null;
  readonly text: string;
}

/** The documents of `GRAPHQL_DOCUMENTS_FILE` cannot be used. The message names the place, and not the setting. */
export class UnusableDocuments extends Error {
  override readonly name = 'UnusableDocuments';

  constructor(place: string, problem: string, options: ErrorOptions = {}) {
    super(`${place}: ${problem}`, options);
  }
}
