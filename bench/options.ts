import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Suite } from './measure/bench.js';
import { audit } from './suites/audit.js';
import { changes } from './suites/changes.js';
import { cold } from './suites/cold.js';
import { hits } from './suites/hits.js';
import { idle } from './suites/idle.js';
import { logged } from './suites/logged.js';
import { managed } from './suites/managed.js';
import { memory } from './suites/memory.js';
import { forwarded, queried } from './suites/misses.js';
import { stampede } from './suites/stampede.js';

const suites: readonly Suite[] = [
  hits,
  logged,
  managed,
  forwarded,
  queried,
  cold,
  stampede,
  changes,
  idle,
  audit,
  memory,
];

const usage = `npm run bench -- [options]

  --quick            two minutes instead of thirty, to see that it runs: its figures are rough
  --only=NAME        one suite or one scenario alone:
${suites.map(described).join('\n')}
  --postgres=URL     a database for the audit log, which is left full of its events
  --profile=FOLDER   leaves CPU profiles of the gateway there, which slows it down`;

/** @throws with the usage if an option is wrong */
export function readOptions() {
  const { quick, only, profile, postgres } = parsed();
  const chosen =
    only === undefined
      ? suites
          .filter(({ isExtra = false }) => !isExtra)
          .map((suite) => ({ suite, scenarios: suite.scenarios }))
      : suites.flatMap((suite) => narrowed(suite, only));
  if (chosen.length === 0) throw new Error(`There is no suite or scenario ${only}\n\n${usage}`);
  return {
    chosen,
    quick,
    postgresUrl: postgres,
    profile: profile === undefined ? undefined : resolve(profile),
  };
}

function parsed() {
  try {
    return parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        only: { type: 'string' },
        profile: { type: 'string' },
        postgres: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new Error(`${(error as Error).message}\n\n${usage}`, { cause: error });
  }
}

/** The suite with the scenarios that `name` selects; empty if it names neither the suite nor a scenario of it. */
function narrowed(suite: Suite, name: string) {
  if (suite.name === name) return [{ suite, scenarios: suite.scenarios }];
  const scenarios = suite.scenarios.filter((scenario) => scenario === name);
  return scenarios.length === 0 ? [] : [{ suite, scenarios }];
}

function described({ name, scenarios, isExtra = false }: Suite): string {
  const parts = scenarios.length === 0 ? '' : `: ${scenarios.join(', ')}`;
  return `                       ${name}${parts}${isExtra ? ', only if it is chosen: 20 minutes' : ''}`;
}
