import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

const alg = 'RS256';
const kid = 'demo';

export const audience = 'origin-pulls-gateway';

export interface DemoIssuer {
  /** Its `iss`, and the address of its documents. */
  readonly url: string;
  readonly jwks: string;
  token(claims: JWTPayload & { readonly sub: string }): Promise<string>;
  close(): Promise<void>;
}

/**
 * An issuer of tokens on loopback, with the two documents that OpenID Connect Discovery has. Its key is made at the start and ends
 * with it, and so do its tokens. It gives none to anybody but the demo.
 */
export async function startIssuer(): Promise<DemoIssuer> {
  const { publicKey, privateKey } = await generateKeyPair(alg);
  const keys = [{ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }];
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const jwks = `${url}/jwks.json`;
  const documents: Readonly<Record<string, object>> = {
    '/jwks.json': { keys },
    '/.well-known/openid-configuration': {
      issuer: url,
      jwks_uri: jwks,
      response_types_supported: ['none'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [alg],
    },
  };
  server.on('request', ({ url: path = '' }, response) => {
    const document = Object.hasOwn(documents, path) ? documents[path] : undefined;
    response.writeHead(document ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(document ?? { error: 'not_found' }));
  });
  return {
    url,
    jwks,
    token: (claims) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg, kid, typ: 'at+jwt' })
        .setIssuer(url)
        .setAudience(audience)
        .setIssuedAt()
        .setExpirationTime('12h')
        .sign(privateKey),
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
