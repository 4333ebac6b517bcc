import { randomBytes } from 'node:crypto';
import { type FastifyReply } from 'fastify';
import { type ApiError } from './errors.js';

export const JSON_TYPE = 'application/json';

export interface Answer {
  status: number;
  headers: Record<string, string>;
  payload: string;
}

/** Headers of every answer, so that an answer of the sandbox is never mistaken for Cloudflare's. */
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
