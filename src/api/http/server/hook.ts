import { type FastifyInstance } from 'fastify';

/** Adds one concern of the HTTP edge to a server, with `addHook`. */
export type Hook = (fastify: FastifyInstance) => void;
