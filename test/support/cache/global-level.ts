import { type FaultsInput } from '../../../sandbox/faults.js';
import { codeOf, type Reply } from '../http/http.js';
import { globalLevelOf, pathOf, tokenWithoutZoneSettings } from '../http/requests.js';
import { type CachingStage } from './caching.js';

export type Action = NonNullable<FaultsInput['rules']>[number]['action'];
export type Headers = Readonly<Record<string, string>>;

export const withoutPermission = { authorization: `Bearer ${tokenWithoutZoneSettings}` };

export const refusing = (status: number, ...codes: number[]): Action => ({
  status,
  body: {
    success: false,
    errors: codes.map((code) => ({ code, message: 'No.' })),
    messages: [],
    result: null,
  },
});

export const globalLevel = (stage: CachingStage, headers: Headers) =>
  stage.ask('GET', globalLevelOf(), { headers });
export const settings = (stage: CachingStage, headers: Headers) =>
  stage.ask('GET', pathOf('/settings'), { headers });
export const put = (stage: CachingStage, headers: Headers) =>
  stage.ask('PUT', pathOf('/settings'), { headers, body: { enabled: true } });
export const patch = (stage: CachingStage, headers: Headers) =>
  stage.ask('PATCH', globalLevelOf(), { headers, body: { value: 'on' } });
export const told = (reply: Reply) => [reply.status, codeOf(reply)];

export const onReads = (action: Action): FaultsInput => ({
  rules: [{ operation: 'global_level.get', action }],
});
export const onChanges = (action: Action): FaultsInput => ({
  rules: [{ operation: 'global_level.update', action }],
});
