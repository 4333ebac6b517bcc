import { type OperationName } from '../../sandbox/operation.js';
import { envelopeOf, type Reply } from '../support/http/http.js';
import { isChange } from './faces.js';
import { codesIn, envelopeIn, verdictOf } from './model.js';
import { type World } from './shapes.js';

/** The problems of an answer over REST, compared with what upstream did. */
export function problemsOverRest(
  operation: OperationName,
  { pages: [shape] }: World,
  reply: Reply,
): string[] {
  const { status, headers, body } = reply;
  const verdict = verdictOf(shape);
  const isRefusedWithin = verdict === 'refused' && shape.status < 300;
  const isPassedOn = verdict !== 'nothing' && !isRefusedWithin && envelopeIn(shape.text) !== null;
  if (isPassedOn) {
    const isSame = status === shape.status && body.equals(Buffer.from(shape.text));
    const mayRetry = isChange(operation) && status >= 500 && headers['x-should-retry'] !== 'false';
    return [
      ...(isSame ? [] : ['is not as received']),
      ...(mayRetry ? ['says that a change may be repeated'] : []),
    ];
  }
  const envelope = envelopeOf(reply);
  const [first, ...others] = envelope.errors;
  const problems: string[] = [];
  const expect = (holds: boolean, problem: string) => void (holds || problems.push(problem));
  expect(!envelope.success && first !== undefined, 'is no envelope of a failure');
  const isOwn = first?.code === 99099 || (status === 500 && shape.status !== 500);
  expect(!isOwn && status >= 400, 'is an error of the gateway itself');
  if (shape.status >= 400 && !shape.isCut)
    expect(status === shape.status, 'has another status than received');
  if (isRefusedWithin) {
    const codes = others.flatMap(({ code }) => (typeof code === 'number' ? [code] : []));
    expect(JSON.stringify(codes) === JSON.stringify(codesIn(shape)), 'has other codes than received');
  }
  if (isChange(operation) && verdict === 'nothing') {
    expect(
      /is not known\..* Operation [0-9a-f-]{36}\.$/.test(first?.message ?? ''),
      'does not say that it may be made',
    );
    expect(headers['x-should-retry'] === 'false', 'says that a change may be repeated');
  }
  return problems;
}
