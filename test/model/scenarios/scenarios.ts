import { type Scenario } from '../state.js';
import { scenariosOfChanges } from './changes.js';
import { scenariosOfRefusals } from './refusals.js';
import { type Sized } from './sized.js';

export type Size = 'small' | 'full';

interface Explored extends Scenario {
  readonly leastStates: number;
  readonly takes: readonly string[];
}

const all = { ...scenariosOfChanges, ...scenariosOfRefusals };

export type Title = keyof typeof all;

export const titles = Object.keys(all) as Title[];

export function scenario(title: Title, size: Size): Explored {
  const { takes, forgets = false, ...sized }: Sized = all[title];
  return { title, takes, forgets, ...sized[size] };
}
