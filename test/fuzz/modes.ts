import { type Mode } from './callers.js';
import { managed } from './managed-mode.js';
import { passedOn } from './passed-on-mode.js';

export const modes: readonly Mode[] = [passedOn, managed];
