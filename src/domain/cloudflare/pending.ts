/** Whether an item in the `result` of an answer has a pending status, which changes within seconds. */
export function isPending(result: unknown): boolean {
  return [result].flat().some((item) => {
    const { status, cert_status } = (item ?? {}) as { status?: unknown; cert_status?: unknown };
    return [status, cert_status].some((each) => typeof each === 'string' && each.startsWith('pending_'));
  });
}
