import { jest } from '@jest/globals';

/** The clock of this process, which can be advanced. It is made before the gateway that reads it; `jest.restoreAllMocks` ends it. */
export function aClock(): { advance(ms: number): void } {
  const now = performance.now.bind(performance);
  let ahead = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => now() + ahead);
  return {
    advance: (ms) => {
      ahead += ms;
    },
  };
}
