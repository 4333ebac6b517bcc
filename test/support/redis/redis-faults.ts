import { setTimeout as sleep } from 'node:timers/promises';
import { type TestRedis } from './redis.js';

/** Resolves when the fault is over and Redis could be used again. */
export type End = () => Promise<unknown>;

export interface RedisFault {
  /** It is there before the gateway starts. */
  readonly fromTheStart?: true;
  /** What is wrong lasts until settings are changed: a change is told so. */
  readonly lasts?: true;
  /** Redis is there now and then: a change may pass, and readiness may say so. */
  readonly comesAndGoes?: true;
  /** Resolves, when the fault is there, to what ends it. */
  readonly cause: (redis: TestRedis) => Promise<End>;
}

export const redisFaults: Readonly<Record<string, RedisFault>> = {
  'is not there when it starts': { fromTheStart: true, cause: kill },
  'hangs when it starts': { fromTheStart: true, cause: hang },
  'wants another password when it starts': { fromTheStart: true, lasts: true, cause: wantAnotherPassword },
  'is killed': { cause: kill },
  hangs: { cause: hang },
  'wants another password': { lasts: true, cause: wantAnotherPassword },
  'follows another (READONLY)': {
    cause: async (redis) => {
      await redis.run('REPLICAOF', '127.0.0.1', '1');
      return () => redis.run('REPLICAOF', 'NO', 'ONE');
    },
  },
  'has no memory left': {
    cause: async (redis) => {
      await redis.run('CONFIG', 'SET', 'maxmemory', '1');
      return () => redis.run('CONFIG', 'SET', 'maxmemory', '0');
    },
  },
  'is killed and started again and again': againAndAgain(async (redis) => {
    await redis.restart();
    await sleep(60);
  }),
  'hangs again and again': againAndAgain(async (redis) => {
    await redis.stop();
    await sleep(70);
    await redis.cont();
    await sleep(5);
  }),
  'drops its connections again and again': againAndAgain(async (redis) => {
    await redis.run('CLIENT', 'KILL', 'TYPE', 'normal');
    await sleep(30);
  }),
};

/** The URL for a gateway whose password `wantAnotherPassword` changes; not the test's own. */
export async function urlWithPassword(redis: TestRedis): Promise<string> {
  await setPassword(redis, 'password');
  return redis.url.replace('://', '://gateway:password@');
}

async function kill(redis: TestRedis): Promise<End> {
  await redis.kill();
  return () => redis.restart();
}

async function hang(redis: TestRedis): Promise<End> {
  await redis.stop();
  return () => redis.cont();
}

async function wantAnotherPassword(redis: TestRedis): Promise<End> {
  await setPassword(redis, 'another');
  await redis.run('CLIENT', 'KILL', 'USER', 'gateway');
  return () => setPassword(redis, 'password');
}

function setPassword(redis: TestRedis, password: string): Promise<unknown> {
  return redis.run('ACL', 'SETUSER', 'gateway', 'on', 'resetpass', `>${password}`, '~*', '+@all');
}

function againAndAgain(once: (redis: TestRedis) => Promise<void>): RedisFault {
  return {
    comesAndGoes: true,
    cause: (redis) => {
      let isOver = false;
      const going = (async () => {
        while (!isOver) await once(redis);
      })();
      return Promise.resolve(() => {
        isOver = true;
        return going;
      });
    },
  };
}
