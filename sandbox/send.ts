import { randomBytes } from 'node:crypto';
import { type FastifyReply } from 'fastify';
import { type Answer } from './faults.js';

/** On every answer there is: whoever meets one by mistake can tell. */
export function marks(): Record<string, string> {
  return { 'x-sandbox': 'not Cloudflare', 'cf-ray': `${randomBytes(8).toString('hex')}-SBX` };
}

export function send(reply: FastifyReply, { status, headers, payload }: Answer): FastifyReply {
  return reply.code(status).headers(headers).send(payload);
}
