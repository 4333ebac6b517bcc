import { type FastifyInstance } from 'fastify';

/** The routes as they were registered, so that a request that matches none can be told what would. */
export class Routes {
  private readonly routes: { method: string; pattern: RegExp; literal: boolean }[] = [];

  /** Has to be called before the first route is registered. */
  collectFrom(instance: FastifyInstance): void {
    instance.addHook('onRoute', ({ method, url }) => {
      const pattern = new RegExp(`^${url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+')}$`);
      for (const one of [method].flat())
        this.routes.push({ method: one, pattern, literal: !/:\w+$/.test(url) });
    });
  }

  /** The methods that a path takes: those of its literal route where it has one, else those of its template. */
  methodsOf(url: string): string[] {
    const path = url.split('?')[0] ?? '';
    const matching = this.routes.filter(({ pattern }) => pattern.test(path));
    const literal = matching.filter((route) => route.literal);
    return [...new Set((literal.length > 0 ? literal : matching).map(({ method }) => method))].sort();
  }
}
