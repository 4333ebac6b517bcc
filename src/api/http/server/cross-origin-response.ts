import { type IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** Headers that pages of other origins may read, besides those that CORS always allows. */
const exposed = [
  ...['x-request-id', 'retry-after', 'cache-status', 'age', 'etag', 'audit-record', 'audit-outcome'],
  ...['ratelimit', 'ratelimit-policy', 'www-authenticate'],
].join(', ');

/**
 * The class of answers that pages of these origins may read (CORS, Fetch Standard §3.2). A class, because some answers
 * are given without Fastify and its hooks.
 */
export function crossOriginResponse(origins: ReadonlySet<string>): typeof ServerResponse {
  return class CrossOriginResponse<Request extends IncomingMessage> extends ServerResponse<Request> {
    /** Node calls it for every answer. */
    override writeHead(status: number, given?: unknown): this {
      for (const [name, value] of Object.entries((given ?? {}) as OutgoingHttpHeaders))
        if (value !== undefined) this.setHeader(name, value);
      // Also where the origin is not allowed: a cache may hold the answer, and others ask for it.
      this.setHeader('vary', varyByOrigin(this.getHeader('vary')));
      const { origin } = this.req.headers;
      if (origin !== undefined && origins.has(origin)) {
        this.setHeader('access-control-allow-origin', origin);
        this.setHeader('access-control-expose-headers', exposed);
      }
      return super.writeHead(status);
    }
  };
}

function varyByOrigin(vary: number | string | readonly string[] = []): string {
  const names = [vary].flat().flatMap((each) => String(each).split(/\s*,\s*/));
  return names.some((name) => /^(?:origin|\*)$/i.test(name))
    ? names.join(', ')
    : [...names, 'Origin'].join(', ');
}
