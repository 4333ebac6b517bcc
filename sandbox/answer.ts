import { randomBytes } from 'node:crypto';
import { type FastifyReply } from 'fastify';
import { type ApiError } from './errors.js';

export const JSON_TYPE = 'application/json';

export interface Answer {
  status: number;
  headers: Record<string, string>;
  payload: string;
}

/** On every answer there is: whoever meets one by mistake can tell. */
export function marks(): Record<string, string> {
  return { 'x-sandbox': 'not Cloudflare', 'cf-ray': `${randomBytes(8).toString('hex')}-SBX` };
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return { status, headers: { 'content-type': JSON_TYPE, ...headers }, payload: JSON.stringify(body) };
}

export function refused({ status, body, headers }: ApiError): Answer {
  return json(status, body, headers);
}

export function send(reply: FastifyReply, { status, headers, payload }: Answer): FastifyReply {
  return reply.code(status).headers(headers).send(payload);
}
