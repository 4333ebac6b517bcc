import { type onRequestHookHandler } from 'fastify';
import { type RequestLimit } from '../../../gateway/limits/request-limit.js';
import { isForPage, ruleOf } from './route-rules.js';

/** Refuses requests above the limit of their caller. What everyone may have is not counted: health, pages and documents. */
export function refuseExcess(requests: RequestLimit): onRequestHookHandler {
  return (request, _reply, done) => {
    const isForEveryone = ruleOf(request.routeOptions) === 'anyone' || isForPage(request);
    done(isForEveryone ? undefined : (requests.refusalOf(request.ctx) ?? undefined));
  };
}
