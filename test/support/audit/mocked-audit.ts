import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { type ChainedEvent, type Stage } from '../../../src/gateway/audit/record/event.js';
import { initKeyRing } from '../../../src/platform/keys/key-ring.js';
import { auditUrlSchema } from '../../../src/platform/config/audit-url.js';
import { changesIn, verified } from './audited.js';
import { type GatewayOptions, type RunningGateway, startGateway } from '../gateway/gateway.js';
import { type Answers, mockedAnswers, startMockedAnswers } from '../upstream/mocked-answers.js';
import { startUpstream, type Upstream } from '../upstream/upstream.js';

/** A gateway whose upstream gives these answers, with an audit log that the test can read. */
export interface MockedAudit extends AsyncDisposable {
  readonly gateway: RunningGateway;
  readonly keysFile: string;
  /** All events of changes. */
  changes(): Promise<ChainedEvent[]>;
  /** The one event of a change in that stage. */
  only(stage: Stage): Promise<ChainedEvent>;
  verified: () => ReturnType<typeof verified>;
}

/** `auditUrl`: a file of its own without one. */
type Options = Omit<GatewayOptions, 'upstream'> & { readonly auditUrl?: string | undefined };

export async function startMockedAudit(answers: Answers, options: Options = {}): Promise<MockedAudit> {
  return startAudit(await startMockedAnswers(answers), options);
}

type Shared = Omit<MockedAudit, typeof Symbol.asyncDispose>;

/** One gateway with one log for the tests of a file; `changes` and `only` give the events since the answers were set. */
export function sharedMockedAudit(): (answers: Answers) => Promise<Shared> {
  let answering = mockedAnswers({});
  let shared: Promise<MockedAudit> | undefined;
  const start = async () =>
    startAudit(await startUpstream((incoming, outgoing) => answering(incoming, outgoing)), {});
  afterAll(async () => await (await shared)?.[Symbol.asyncDispose]());
  return async (answers) => {
    answering = mockedAnswers(answers);
    const audit = await (shared ??= start());
    const earlier = (await audit.changes()).length;
    const changes = async () => (await audit.changes()).slice(earlier);
    return { ...audit, changes, only: async (stage) => onlyOne(await changes(), stage) };
  };
}

function onlyOne(changes: readonly ChainedEvent[], stage: Stage): ChainedEvent {
  const [event, ...others] = changes.filter((each) => each.stage === stage);
  if (!event || others.length > 0) throw new Error(`There are ${others.length + (event ? 1 : 0)} events`);
  return event;
}

async function startAudit(upstream: Upstream, { auditUrl, ...settings }: Options): Promise<MockedAudit> {
  const folder = mkdtempSync(join(tmpdir(), 'mocked-audit-'));
  const environment = {
    AUDIT_URL: auditUrl ?? `file:${join(folder, 'audit.db')}`,
    KEYS_FILE: settings.KEYS_FILE ?? join(folder, 'keys.json'),
  };
  if (settings.KEYS_FILE === undefined) initKeyRing(environment.KEYS_FILE);
  const gateway = await startGateway({
    upstream: upstream.url,
    ...settings,
    AUDIT_URL: auditUrlSchema.parse(environment.AUDIT_URL),
    KEYS_FILE: environment.KEYS_FILE,
  });
  return {
    gateway,
    keysFile: environment.KEYS_FILE,
    changes: () => changesIn(environment),
    only: async (stage) => onlyOne(await changesIn(environment), stage),
    verified: () => verified(environment),
    [Symbol.asyncDispose]: async () => {
      await gateway.close();
      await upstream[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}
