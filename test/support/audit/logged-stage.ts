import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type ChainedEvent } from '../../../src/gateway/audit/record/event.js';
import { auditUrlSchema } from '../../../src/platform/config/audit-url.js';
import { scratchFolder } from '../basics/scratch.js';
import { type longLifetimes } from '../cache/caching.js';
import { type Stage, startStage } from '../gateway/stage.js';
import { call } from '../http/http.js';
import { bearer, pathOf } from '../http/requests.js';
import { changesIn } from './audited.js';

/** A stage whose audit log the test reads. */
export interface LoggedStage extends AsyncDisposable {
  readonly stage: Stage;
  /** The ids of tokens in the records of changes, in their order: `intent -` without one. */
  readonly ids: () => Promise<string[]>;
  readonly changes: () => Promise<ChainedEvent[]>;
  readonly change: (headers?: Record<string, string>) => ReturnType<typeof call>;
}

export async function startLoggedStage(settings: Partial<typeof longLifetimes> = {}): Promise<LoggedStage> {
  const folder = scratchFolder('token-ids');
  const AUDIT_URL = `file:${join(folder, 'audit.db')}`;
  const stage = await startStage({}, { AUDIT_URL: auditUrlSchema.parse(AUDIT_URL), ...settings });
  const changes = () => changesIn({ AUDIT_URL });
  return {
    stage,
    changes,
    ids: async () =>
      (await changes()).map(({ stage, credential }) => `${stage} ${credential?.token_id ?? '-'}`),
    change: (headers = bearer) =>
      call(stage.gateway.base + pathOf('/settings'), 'PUT', { headers, body: { enabled: true } }),
    [Symbol.asyncDispose]: async () => {
      await stage[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A rule for the sandbox. */
export const delayed = (operation: 'token.verify' | 'settings.get' | 'settings.update', delayMs: number) =>
  ({ operation, action: { delayMs } }) as const;
