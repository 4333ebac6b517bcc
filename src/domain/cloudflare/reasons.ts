export interface Reason {
  /** Null where Cloudflare gave none. */
  readonly code: number | null;
  /** Empty where Cloudflare gave none. */
  readonly message: string;
}

/** The members in which Cloudflare has sent reasons; the first that holds one counts. */
const places = ['errors', 'error', 'messages', 'message'] as const;

/** The reasons of a refusal: a list of objects as documented, one object, or texts alone. */
export function reasonsIn(envelope: Readonly<Record<string, unknown>>): Reason[] {
  for (const place of places) {
    const reasons = [envelope[place]].flat().flatMap(reasonIn);
    if (reasons.length > 0) return reasons;
  }
  return [];
}

function reasonIn(item: unknown): Reason[] {
  if (typeof item === 'string') return item.trim() === '' ? [] : [{ code: null, message: item }];
  if (typeof item !== 'object' || item === null) return [];
  const { code, message, error, error_chain: chain } = item as Readonly<Record<string, unknown>>;
  const own = [message, error].find((text) => typeof text === 'string') ?? '';
  const text = [own, ...behind(chain)].filter((part) => part !== '').join(' ');
  const number = numberIn(code);
  return number === null && text === '' ? [] : [{ code: number, message: text }];
}

/** The texts of an `error_chain`: the reasons behind the reason. */
function behind(chain: unknown): string[] {
  if (!Array.isArray(chain)) return [];
  return (chain as unknown[]).flatMap((link) => {
    const text: unknown = typeof link === 'string' ? link : (link as { message?: unknown } | null)?.message;
    return typeof text === 'string' ? [text] : [];
  });
}

function numberIn(code: unknown): number | null {
  if (typeof code === 'number') return Number.isFinite(code) ? code : null;
  return typeof code === 'string' && /^\d{1,9}$/.test(code) ? Number(code) : null;
}
