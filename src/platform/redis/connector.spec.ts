import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it } from '@jest/globals';
import { connectorFor } from './connector.js';

it.each([true, false])(
  'A second error of a connection to Redis does not end the process (TLS: %s)',
  async (isTls) => {
    const server = createServer((socket) => socket.on('error', () => undefined).resume()).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const told: (string | null)[] = [];
    const Connector = connectorFor(isTls, (_, problem) => told.push(problem));
    const options = { host: '127.0.0.1', port, disconnectTimeout: 100 };
    const stream = await new Connector(options).connect();
    await once(stream, 'connect');

    stream.emit('error', Object.assign(new Error('first'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }));
    // By now ioredis has removed its own listeners.
    expect(() => stream.emit('error', new Error('second'))).not.toThrow();

    expect(told).toEqual([isTls ? 'DEPTH_ZERO_SELF_SIGNED_CERT' : null]);
    stream.destroy();
    server.close();
  },
);
