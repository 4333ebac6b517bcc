import { Injectable } from '@nestjs/common';
import { type onRouteHookHandler } from 'fastify';

/** The registered routes, so that a refusal can name the methods that a path takes. */
@Injectable()
export class Routes {
  private readonly routes: { method: string; pattern: RegExp; literal: boolean }[] = [];

  readonly collect: onRouteHookHandler = ({ method, url }) => {
    const pattern = new RegExp(`^${url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+')}$`);
    for (const one of [method].flat())
      this.routes.push({ method: one, pattern, literal: !/:\w+$/.test(url) });
  };

  /** The methods that a path takes: those of its literal route if it has one, else those of its template. */
  methodsOf(url: string): string[] {
    const path = url.split('?')[0] ?? '';
    const matching = this.routes.filter(({ pattern }) => pattern.test(path));
    const literal = matching.filter((route) => route.literal);
    return [...new Set((literal.length > 0 ? literal : matching).map(({ method }) => method))].sort();
  }
}
