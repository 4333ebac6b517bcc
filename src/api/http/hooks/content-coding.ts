import { codingFor, inCoding, isLarge } from '../../rest/content-coding.js';
import { type Hook } from '../server/hook.js';

/** Compresses large answers with a content coding that the caller accepts. */
export const compressLargeAnswers: Hook = (fastify) => {
  fastify.addHook('onSend', ({ headers }, reply, payload, done) => {
    if (!isLarge(payload) || reply.hasHeader('content-encoding')) return done(null, payload);
    const vary = String(reply.getHeader('vary') ?? '');
    if (!vary.includes('Accept-Encoding')) {
      void reply.header('vary', vary ? `${vary}, Accept-Encoding` : 'Accept-Encoding');
    }
    const coding = codingFor(headers, payload);
    if (!coding) return done(null, payload);
    const send = (body: Buffer): void => {
      void reply.header('content-encoding', coding).removeHeader('content-length');
      done(null, body);
    };
    inCoding(payload, coding).then(send, (error: Error) => done(error));
  });
};
