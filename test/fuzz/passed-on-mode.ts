import { type Random } from '../support/basics/random.js';
import { apiKey, email, token } from '../support/http/requests.js';
import { type Callers, type Credential, misspelt, type Mode } from './callers.js';
import { chance, hexOf, lettersOf, oneOf } from './chances.js';

/** The credentials are Cloudflare's, and are passed on. */
export const passedOn: Mode = {
  name: "with Cloudflare's credentials",
  begin: (random) => {
    const suffixes = [lettersOf(random, 32), lettersOf(random, 32), lettersOf(random, 32)] as const;
    const [own, withoutSettings, refused] = suffixes;
    // None has the form of a zone id, which an answer gives back: Cloudflare's API keys have 37 digits.
    const wrongKey = hexOf(random, 37);
    const wrongEmail = `${hexOf(random, 24)}@canary.example`;
    const tokens = {
      own: `${token}-${own}`,
      withoutSettings: `${token}-without-zone-settings-${withoutSettings}`,
      readOnly: `sandbox-token-read-only-${own}`,
      refused: `unknown-token-${refused}`,
    };
    const bearing = (text: string, secret: string): Credential => ({
      headers: [['authorization', `Bearer ${text}`]],
      secrets: [text, secret],
    });
    const withKey = (address: string, key: string): Credential => ({
      headers: [
        ['x-auth-email', address],
        ['x-auth-key', key],
      ],
      secrets: [key],
    });
    const ordinary = bearing(tokens.own, own);
    const wrongPair = withKey(wrongEmail, wrongKey);
    const right = (from: Random) =>
      oneOf<Credential>(from, [
        [10, () => ordinary],
        [4, () => withKey(email, apiKey)],
        [2, () => bearing(tokens.withoutSettings, withoutSettings)],
        [2, () => bearing(tokens.readOnly, own)],
      ]);
    const callers: Callers = {
      ordinary,
      credential: (from) => {
        if (chance(from, 80)) return right(from);
        return oneOf<Credential>(from, [
          [3, () => ({ headers: [], secrets: [] })],
          [2, () => bearing(tokens.refused, refused)],
          [2, () => wrongPair],
          [1, () => ({ ...wrongPair, headers: wrongPair.headers.slice(from.below(2), 1 + from.below(2)) })],
          [3, () => ({ ...ordinary, headers: [['authorization', misspelt(from, tokens.own)]] })],
          [1, () => ({ ...wrongPair, headers: [...ordinary.headers, ...wrongPair.headers] })],
          [1, () => ({ ...ordinary, headers: [...ordinary.headers, ...ordinary.headers] })],
          [1, () => ({ ...wrongPair, headers: [...wrongPair.headers, ...wrongPair.headers] })],
          [1, () => bearing(`${tokens.refused}${'x'.repeat(from.of([500, 7000, 8192, 9000]))}`, refused)],
        ]);
      },
      // The right key of the sandbox stands in the documentation, as Cloudflare's own example does.
      secrets: [...suffixes, wrongKey],
      addresses: [wrongEmail],
      shownAddresses: [email],
    };
    return Promise.resolve({ settings: {}, callers });
  },
};
