import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Gives back the memory that only the start needed, about 60 MiB. V8 would keep it until requests allocate, because it collects
 * no garbage of a program that does nothing. Takes about 50 ms.
 */
export function releaseStartMemory(): void {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  collectGarbage();
}
