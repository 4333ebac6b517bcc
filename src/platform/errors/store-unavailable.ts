/** What the gateway keeps its state in cannot be used now. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';

  /** @param isLasting no retry helps: a setting or the server has to be changed */
  constructor(
    message: string,
    readonly isLasting = false,
  ) {
    super(message);
  }
}

export function storeTimeout(): StoreUnavailable {
  return new StoreUnavailable('The store did not answer in time.');
}
