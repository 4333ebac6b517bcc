import { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { type Identification } from '../../../gateway/access/identification.js';
import { HttpClient } from '../../../gateway/access/http-client.js';
import { requestIdFrom } from '../../../gateway/access/request-id.js';
import { RequestContext } from '../../../gateway/request/request-context.js';
import { type AddressRanges } from '../../../platform/context/address-ranges.js';
import { type GatewayError } from '../../../platform/errors/gateway-error.js';
import { type Load } from '../../../platform/load/load.js';
import { type EarlyAnswers } from '../../early/early-answers.js';
import { sendRefusal } from './send-refusal.js';
import { kindOf, shedOnArrival } from './shed-on-arrival.js';
import { type RequestLog } from './request-log.js';

declare module 'node:http' {
  interface IncomingMessage {
    /** Set if the request is refused because of too much load. */
    shed?: GatewayError;
  }
}

/** The logged status of a request whose caller disconnected before the answer was written. It is never sent. */
const clientClosedRequest = 499;

/** What the entrance needs of the application. */
export interface Reception {
  readonly identification: Identification;
  readonly log: RequestLog;
  readonly load: Load;
  readonly early: readonly EarlyAnswers[];
  /** Whether the hooks of the router, but for those of the caller, let the request and its answer pass as they are. */
  readonly isOrdinary: (request: IncomingMessage) => boolean;
  /** Whether the caller is known, and within its limit. */
  readonly isAdmitted: (request: IncomingMessage) => boolean;
}

/**
 * Where each request arrives, is answered without the router or given to it, and leaves. The router, its hooks
 * and the handlers cost more than the rest of a hit.
 */
export class Entrance {
  private reception: Reception | null = null;

  constructor(private readonly trustedProxies: AddressRanges | undefined) {}

  open(reception: Reception): void {
    this.reception = reception;
  }

  arrive(request: IncomingMessage, response: ServerResponse, router: RequestListener): void {
    const { headers, socket } = request;
    const { identification } = this.reception ?? {};
    const client = new HttpClient(headers, socket.remoteAddress, socket, this.trustedProxies, identification);
    request.ctx = new RequestContext(requestIdFrom(headers), client);
    const goOn = () => router(request, response);
    if (!this.reception) return goOn();
    const { early, isOrdinary, isAdmitted, load } = this.reception;
    load.inFlight += 1;
    const refusal = shedOnArrival(request, load);
    if (refusal) request.shed = refusal;
    if (!isOrdinary(request)) return goOn();
    // Before the caller is identified: to verify a token costs more than to refuse. The hooks of the router record in the audit
    // log each change that is refused.
    if (refusal) return kindOf(request) === 'read' ? sendRefusal(request, response, refusal) : goOn();
    if (!isAdmitted(request)) return goOn();
    if (!early.some((answers) => answers.answer(request, response, goOn))) goOn();
  }

  /** @param isAnswered whether the whole answer was written; otherwise the caller has disconnected */
  left(request: IncomingMessage, response: ServerResponse, isAnswered: boolean): void {
    if (!isAnswered) request.ctx.hangUp();
    if (this.reception) this.reception.load.inFlight -= 1;
    this.reception?.log.record(request, isAnswered ? response.statusCode : clientClosedRequest);
  }
}
