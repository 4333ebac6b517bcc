import { type Settings } from '../../../platform/config/settings.js';
import { documentIdOf, sha256IdOf } from './document-id.js';
import { type StoredDocument, UnusableDocuments } from './stored-document.js';

export type DocumentsMode = Settings['GRAPHQL_DOCUMENTS'];

/** The documents that the gateway knows by an id. */
export class Documents {
  /** A map, so that no id is a member of a prototype. */
  private readonly byId = new Map<string, StoredDocument>();
  private readonly texts = new Set<string>();

  /** @throws UnusableDocuments if an id is malformed, is not the hash that it says it is, or has two texts */
  constructor(
    readonly mode: DocumentsMode,
    readonly stored: readonly StoredDocument[] = [],
  ) {
    for (const document of stored) {
      this.texts.add(document.text);
      // Every document has this id too, so that a list with ids of another kind serves clients that send hashes.
      const hashed = sha256IdOf(document.text);
      this.add(hashed, document);
      const own = ownIdOf(document, hashed);
      if (own !== null) this.add(own, document);
    }
  }

  /** @param id as `documentIdOf` returns it */
  textOf(id: string): string | null {
    return this.byId.get(id)?.text ?? null;
  }

  /** Whether a document of the list has exactly this text. */
  has(text: string): boolean {
    return this.texts.has(text);
  }

  private add(id: string, document: StoredDocument): void {
    const known = this.byId.get(id);
    if (known && known.text !== document.text)
      throw unusable(document, `another document has this id, at ${known.place}`);
    this.byId.set(id, known ?? document);
  }
}

/** The id that the file gives it; null without one. */
function ownIdOf(document: StoredDocument, hashed: string): string | null {
  if (document.id === null) return null;
  const id = documentIdOf(document.id);
  if (id === null) {
    throw unusable(
      document,
      'the id must be a SHA-256, or at most 256 of the characters A-Z a-z 0-9 . _ ~ -',
    );
  }
  // The client chooses other ids, and they are not checked. A SHA-256 that differs shows that the file was changed after it was made:
  // by hand, or by a tool that rewrites the ends of lines.
  if (id.startsWith('sha256:') && id !== hashed) {
    throw unusable(document, `the id must be the SHA-256 of the text, which is ${hashed}`);
  }
  return id;
}

function unusable({ place }: StoredDocument, problem: string): UnusableDocuments {
  return new UnusableDocuments(place, problem);
}
