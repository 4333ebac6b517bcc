import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo } from 'node:net';
import {
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from 'jose';

export interface TestIssuer {
  /** Its `iss`. */
  readonly issuer: string;
  /** The URL of its keys. */
  readonly jwks: string;
  /** How often its keys were asked for. */
  readonly fetches: () => number;
  /** A token with these claims; by default it is valid for five minutes. */
  token(claims?: JWTPayload, header?: Partial<JWTHeaderParameters>): Promise<string>;
  /** Signs with another key from now on. */
  rotate(): Promise<void>;
  publicKeys(): JWK[];
  /** Answers the requests for its keys in its place; null: as usual. */
  misbehave(listener: RequestListener | null): void;
  close(): Promise<void>;
}

export const audience = 'origin-pulls';

/** An issuer of tokens on loopback. */
export async function startIssuer(alg = 'RS256'): Promise<TestIssuer> {
  let count = 0;
  let fetches = 0;
  let misbehaving: RequestListener | null = null;
  const newKey = async () => {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
    count += 1;
    const kid = `key-${count}`;
    return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
  };
  const keys = [await newKey()];
  const server = createServer((request, response) => {
    fetches += 1;
    if (misbehaving) return misbehaving(request, response);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    jwks: `${issuer}/jwks.json`,
    fetches: () => fetches,
    token: (claims = {}, header = {}) => {
      const { kid, privateKey } = keys.at(-1) as (typeof keys)[number];
      const now = Math.floor(Date.now() / 1000);
      const usual = { iss: issuer, aud: audience, sub: 'ada', iat: now, exp: now + 300 };
      return new SignJWT({ ...usual, ...claims })
        .setProtectedHeader({ alg, kid, ...header })
        .sign(privateKey);
    },
    rotate: async () => void keys.push(await newKey()),
    publicKeys: () => keys.map(({ jwk }) => jwk),
    misbehave: (listener) => {
      misbehaving = listener;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
