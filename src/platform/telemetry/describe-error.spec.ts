import { describe, expect, it } from '@jest/globals';
import { GatewayError } from '../errors/gateway-error.js';
import { describeError } from './describe-error.js';

const thrownBy = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error;
  }
};

describe('describeError', () => {
  it('describeError gives the name, code, message and cause of an error', () => {
    const error = new GatewayError('upstream_timeout', 'Too slow.', { cause: { code: 'ETIMEDOUT' } });
    expect(describeError(error)).toEqual({
      name: 'GatewayError',
      code: 'upstream_timeout',
      message: 'Too slow.',
      cause: { code: 'ETIMEDOUT' },
    });
  });

  it('describeError does not quote the input in the message of a SyntaxError', () => {
    const error = thrownBy(() => JSON.parse('{"private_key": hunter2'));
    expect((error as Error).message).toContain('hunter2');
    expect(JSON.stringify(describeError(error))).not.toContain('hunter2');
    expect(describeError(error)).toMatchObject({
      name: 'SyntaxError',
      stack: expect.arrayContaining([expect.any(String)]),
    });
  });

  it('describeError leaves out properties that were added to an error', () => {
    const error = Object.assign(new Error('hunter2'), {
      options: { headers: 'hunter2' },
      request: 'hunter2',
    });
    expect(JSON.stringify(describeError(error))).not.toContain('hunter2');
  });

  it.each([undefined, null, 'text', 7])(
    'describeError describes the thrown value %j as an empty object',
    (thrown) => {
      expect(JSON.stringify(describeError(thrown))).toBe('{}');
    },
  );
});
