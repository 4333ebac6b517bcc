import { type Change } from '../../gateway/request/change.js';

/** The headers on the audit records of a change, by lower-case name; none for a read, or a change that was refused. */
export function auditHeaders(change: Change | null): Readonly<Record<string, string>> {
  const { receipt = null, isAuditPending = false } = change ?? {};
  if (!receipt) return {};
  const { writer, seq, hash, stage } = receipt;
  const ofStage = stage === 'outcome' ? '' : `, stage=${stage}`;
  return {
    // A dictionary of RFC 9651: strings, an integer, a token.
    'audit-record': `writer="${writer}", seq=${seq}, hash="${hash}"${ofStage}`,
    // The change is made; its outcome is recorded later.
    ...(isAuditPending && { 'audit-outcome': 'pending' }),
  };
}
