import { isAbsolute } from 'node:path';

/** Where the log is kept. */
export type AuditAddress =
  { readonly kind: 'sqlite'; readonly path: string } | { readonly kind: 'postgres'; readonly url: string };

export const auditUrlForms =
  'must be file:<path> or postgres://<user>[:<password>]@<host>[:<port>]/<database>';

/** Null where it is neither. A relative path is relative to where the gateway runs. */
export function auditAddressOf(text: string): AuditAddress | null {
  if (text.startsWith('file:')) {
    const path = text.slice('file:'.length).replace(/^\/\/(?=\/)/, '');
    const isPath = path !== '' && !path.endsWith('/') && (isAbsolute(path) || !path.startsWith('//'));
    return isPath && !/[?#\0]/.test(path) ? { kind: 'sqlite', path } : null;
  }
  if (!/^postgres(?:ql)?:\/\//.test(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  return url.hostname !== '' && url.pathname.length > 1 ? { kind: 'postgres', url: text } : null;
}
