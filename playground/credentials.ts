/** A credential that the page offers. */
export interface NamedCredential {
  readonly name: string;
  /** The value of the header `Authorization`. */
  readonly authorization: string;
}

/** Those that the server has put into the page: none, but in the demo. */
export function givenCredentials(): readonly NamedCredential[] {
  const json = document.querySelector<HTMLMetaElement>('meta[name="credentials"]')?.content;
  return json ? (JSON.parse(json) as NamedCredential[]) : [];
}
