import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { Secret } from '../context/secret.js';

/** Where the log is kept. */
export type AuditAddress =
  { readonly kind: 'sqlite'; readonly path: string } | { readonly kind: 'postgres'; readonly url: Secret };

/** It does not quote the value, which may hold a password. */
const auditUrlForms = 'must be file:<path> or postgres://<user>[:<password>]@<host>[:<port>]/<database>';

/** The setting. Its value is the parsed URL. */
export const auditUrlSchema = z.string().transform((text, context): AuditAddress => {
  const address = addressOf(text);
  if (address) return address;
  context.addIssue({ code: 'custom', message: auditUrlForms });
  return z.NEVER;
});

/** Null where it is neither. A relative path is relative to the working directory of the gateway. */
function addressOf(text: string): AuditAddress | null {
  if (text.startsWith('file:')) {
    const path = text.slice('file:'.length).replace(/^\/\/(?=\/)/, '');
    const isPath = path !== '' && !path.endsWith('/') && (isAbsolute(path) || !path.startsWith('//'));
    return isPath && !/[?#\0]/.test(path) ? { kind: 'sqlite', path } : null;
  }
  if (!/^postgres(?:ql)?:\/\//.test(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  return url.hostname !== '' && url.pathname.length > 1 ? { kind: 'postgres', url: new Secret(text) } : null;
}
