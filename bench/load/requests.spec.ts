import { expect, test } from '@jest/globals';
import { graphql, once, onTheWire, rotation } from './requests.js';

const query = graphql('query Q($é: ID!) { a }', { name: rotation });

test('counts the placeholder in Content-Length as the digits that wrk puts there', () => {
  const [head = '', body = ''] = onTheWire(query).toString().split('\r\n\r\n');
  const sent = body.replace(rotation, '0123456789abcdef');
  expect(head).toContain(`content-length: ${Buffer.byteLength(sent)}`);
});

test('fills in other digits at each sending by hand', () => {
  const [one, other] = [once(query), once(query)];
  expect(one.body).toMatch(/"f[0-9a-f]{15}"/);
  expect(one.body).not.toBe(other.body);
});
