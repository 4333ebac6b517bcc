/** The counts in `result_info`. Cloudflare documents each as optional; null if it is absent. */
export interface Counts {
  readonly total: number | null;
  readonly pages: number | null;
  /** In this answer, by Cloudflare's examples; in the whole list, by its text. */
  readonly here: number | null;
}

export function countsIn(resultInfo: unknown): Counts {
  const info = (resultInfo ?? {}) as Readonly<Record<string, unknown>>;
  return {
    total: numberIn(info['total_count']),
    pages: numberIn(info['total_pages']),
    here: numberIn(info['count']),
  };
}

/** Whether more is counted than came in a list that has no pages. */
export function countsMoreThan(came: number, resultInfo: unknown): boolean {
  const { total, pages, here } = countsIn(resultInfo);
  return Math.max(total ?? 0, here ?? 0) > came || (pages ?? 0) > 1;
}

function numberIn(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && number >= 0 && Number.isSafeInteger(number) ? number : null;
}
