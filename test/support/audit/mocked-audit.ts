import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChainedEvent, type Stage } from '../../../src/gateway/audit/record/event.js';
import { initKeyRing } from '../../../src/platform/keys/key-ring.js';
import { type Settings } from '../../../src/platform/config/settings.js';
import { auditUrlSchema } from '../../../src/platform/config/audit-url.js';
import { changesIn, verified } from './audited.js';
import { type RunningGateway, startGateway } from '../gateway/gateway.js';
import { type Answers, startMockedAnswers } from '../upstream/mocked-answers.js';

/** A gateway before an upstream that gives these answers, with an audit log that can be looked into. */
export interface MockedAudit extends AsyncDisposable {
  readonly gateway: RunningGateway;
  readonly keysFile: string;
  /** The one event of a change in that stage. */
  only(stage: Stage): Promise<ChainedEvent>;
  verified: () => ReturnType<typeof verified>;
}

/** @param auditUrl a file of its own without one */
export async function startMockedAudit(
  answers: Answers,
  { auditUrl, ...settings }: Partial<Settings> & { readonly auditUrl?: string | undefined } = {},
): Promise<MockedAudit> {
  const folder = mkdtempSync(join(tmpdir(), 'mocked-audit-'));
  const environment = {
    AUDIT_URL: auditUrl ?? `file:${join(folder, 'audit.db')}`,
    KEYS_FILE: settings.KEYS_FILE ?? join(folder, 'keys.json'),
  };
  if (settings.KEYS_FILE === undefined) initKeyRing(environment.KEYS_FILE);
  const upstream = await startMockedAnswers(answers);
  const gateway = await startGateway({
    upstream: upstream.url,
    ...settings,
    AUDIT_URL: auditUrlSchema.parse(environment.AUDIT_URL),
    KEYS_FILE: environment.KEYS_FILE,
  });
  return {
    gateway,
    keysFile: environment.KEYS_FILE,
    only: async (stage) => {
      const [event, ...others] = (await changesIn(environment)).filter((each) => each.stage === stage);
      if (!event || others.length > 0) throw new Error(`There are ${others.length + (event ? 1 : 0)} events`);
      return event;
    },
    verified: () => verified(environment),
    [Symbol.asyncDispose]: async () => {
      await gateway.close();
      await upstream[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}
