/** `extensions.code` of what Cloudflare refused. */
export function codeOfRefusal(status: number): string {
  if (status >= 500) return 'UPSTREAM_FAILED';
  const byStatus: Record<number, string> = {
    401: 'UNAUTHENTICATED',
    403: 'FORBIDDEN',
    404: 'NOT_FOUND',
    409: 'CONFLICT',
    429: 'RATE_LIMITED',
  };
  return byStatus[status] ?? 'REJECTED';
}
