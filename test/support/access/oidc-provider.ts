import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type OidcExpiry, type OidcOptions } from '../../fixtures/oidc-provider.js';
import { endsWithUs } from '../basics/ends-with-us.js';

export interface OidcProvider {
  readonly issuer: string;
  readonly jwks: string;
  /** Signs tokens that expired so long ago from now on; null: as usual. */
  expireBefore(seconds: number | null): Promise<void>;
  close(): Promise<void>;
}

/** A real OpenID provider on loopback, with one public client. Its access tokens are JWTs (RFC 9068). Any password fits. */
export async function startOidcProvider(options: OidcOptions): Promise<OidcProvider> {
  const child = endsWithUs(
    fork(join(process.cwd(), 'test/fixtures/oidc-provider.ts'), {
      execArgv: ['--no-warnings'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    }),
  );
  const told = async (message: OidcOptions | OidcExpiry) => {
    const failed = once(child, 'exit').then(() => {
      throw new Error('The OpenID provider has ended: run test/fixtures/oidc-provider.ts to see why.');
    });
    child.send(message);
    const [answer] = (await Promise.race([once(child, 'message'), failed])) as [string];
    return answer;
  };
  const issuer = await told(options);
  return {
    issuer,
    jwks: `${issuer}/jwks`,
    expireBefore: async (expiredSeconds) => void (await told({ expiredSeconds })),
    close: async () => {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}
