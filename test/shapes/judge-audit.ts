import { type OperationName } from '../../sandbox/operation.js';
import { type ChainedEvent } from '../../src/gateway/audit/record/event.js';
import { type Reply } from '../support/http/http.js';
import { certificateId } from './documented.js';
import { canonical, codesIn, envelopeIn, isCertificate, oneIn, resultIn, verdictOf } from './model.js';
import { type World } from './shapes.js';

const statuses = { done: 'success', refused: 'failure', failed: 'unknown', nothing: 'unknown' } as const;

/** The problems of the records of a change, compared with what upstream did. */
export function problemsInAudit(
  operation: OperationName,
  { pages: [shape], changes, zone }: World,
  reply: Reply,
  events: readonly ChainedEvent[],
): string[] {
  const problems: string[] = [];
  const expect = (is: unknown, wanted: unknown, what: string) => {
    const texts = [is, wanted].map((value) => JSON.stringify(value) ?? 'nothing');
    if (texts[0] !== texts[1]) problems.push(`the audit log has ${what} ${texts[0]}, not ${texts[1]}`);
  };
  const stages = events.map(({ stage }) => stage).sort();
  expect(stages, ['intent', 'outcome'], 'the stages');
  const outcome = events.find(({ stage }) => stage === 'outcome');
  if (!outcome) return problems;
  const { result, target, action, op_id } = outcome;
  const verdict = verdictOf(shape);
  expect(action, operation, 'the action');
  expect(result?.status, statuses[verdict], 'the status');
  expect(result?.http_status, shape.isCut ? undefined : shape.status, 'the HTTP status');
  if (verdict !== 'done' && envelopeIn(shape.text) && !shape.isCut)
    expect(result?.codes, codesIn(shape), 'the codes');
  expect(target?.zone_id, zone, 'the zone');
  expect(
    target?.certificate_id,
    certificateOf(operation, verdict === 'done' ? oneIn(resultIn(shape)) : null),
    'the certificate',
  );
  expect(target?.hostnames?.toSorted() ?? [], changes.map(canonical).sort(), 'the hostnames');
  const told = /Operation ([0-9a-f-]{36})/.exec(reply.body.toString())?.[1];
  if (told !== undefined) expect(op_id, told, 'the operation');
  return problems;
}

function certificateOf(operation: OperationName, uploaded: unknown): string | undefined {
  if (operation.endsWith('.delete')) return certificateId;
  if (!operation.endsWith('.upload') || !isCertificate(uploaded)) return undefined;
  const { id } = uploaded;
  return typeof id === 'string' && id.length > 30 ? id.toLowerCase() : undefined;
}
