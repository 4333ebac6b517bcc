/** The folder of this benchmark's sources: what is compiled from them runs in dist/bench/. */
export const sources = new URL('../../../bench/', import.meta.url);
