import { randomInt } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type OperationName } from '../../sandbox/operation.js';
import { type ChainedEvent } from '../../src/gateway/audit/record/event.js';
import { auditUrlSchema } from '../../src/platform/config/audit-url.js';
import { changesIn } from '../support/audit/audited.js';
import { eventually } from '../support/basics/eventually.js';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';
import { type Reply } from '../support/http/http.js';
import { anUpload, operationNames } from '../support/http/requests.js';
import { scratchFolder } from '../support/basics/scratch.js';
import { Caller, type Face, graphql, isChange, rest, type Upload } from './faces.js';
import { type GeneratedUpstream, startGeneratedUpstream } from './generated-upstream.js';
import { problemsInAudit } from './judge-audit.js';
import { problemsOverGraphQL } from './judge-graphql.js';
import { problemsOverRest } from './judge-rest.js';
import { type World, worldsOf } from './shapes.js';

const faces = { REST: rest, GraphQL: graphql } satisfies Record<string, Face>;
const judges = { REST: problemsOverRest, GraphQL: problemsOverGraphQL };
type FaceName = keyof typeof faces;

// `npm run test:shapes` has 100,100. The printed seed repeats a failure.
const cases = Number(process.env['SHAPES_CASES'] ?? 2600);
const seed = Number(process.env['SHAPES_SEED'] ?? randomInt(2 ** 31));
const combinations = operationNames.flatMap((operation) =>
  Object.keys(faces).map((face) => ({ operation, face: face as FaceName })),
);
const each = Math.ceil(cases / combinations.length);
const atOnce = 32;
const mostShown = 3;

interface Case {
  readonly operation: OperationName;
  readonly face: FaceName;
  readonly world: World;
  readonly reply: Reply;
}

describe('Generated answers of Cloudflare', () => {
  let upstream: GeneratedUpstream;
  let gateway: RunningGateway;
  let upload: Upload;
  let zones = 0;
  const folder = scratchFolder('shapes');
  const audit = { AUDIT_URL: `file:${join(folder, 'audit.db')}` };
  beforeAll(async () => {
    process.stdout.write(`SHAPES_SEED=${seed}: ${each} answers to each of ${combinations.length}\n`);
    upload = await anUpload();
    upstream = await startGeneratedUpstream();
    gateway = await startGateway({
      upstream: upstream.url,
      AUDIT_URL: auditUrlSchema.parse(audit.AUDIT_URL),
    });
  });
  afterAll(async () => {
    await gateway.close();
    await upstream[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(combinations)(
    '$operation over $face reports the outcome of each generated answer, and the log has it',
    async ({ operation, face }) => {
      const made = await casesOf(operation, face);
      expect(made.length).toBe(each);
      const wrong = made.flatMap((one) => failureOf(one, judges[face](operation, one.world, one.reply)));
      if (isChange(operation)) wrong.push(...(await wrongInAudit(made)));
      expect(wrong.slice(0, mostShown)).toEqual([]);
    },
    600_000,
  );

  async function casesOf(operation: OperationName, face: FaceName): Promise<Case[]> {
    const turn = combinations.findIndex((one) => one.operation === operation && one.face === face);
    const worlds = fc
      .sample(worldsOf(operation), { seed: seed + turn, numRuns: each })
      .map((world): World => ({ ...world, zone: String(++zones).padStart(32, '0') }));
    const caller = new Caller(gateway.url);
    const made: Case[] = [];
    const next = worlds.values();
    const work = async () => {
      for (const world of next) made.push(await play(caller, operation, face, world));
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    caller.close();
    return made;
  }

  async function play(caller: Caller, operation: OperationName, face: FaceName, world: World): Promise<Case> {
    upstream.add(world, isChange(operation));
    // A token for each case: a refusal counts for its credential only.
    const token = `shapes-${Number(world.zone)}`;
    const reply = await caller.ask(faces[face](operation, world, upload), token);
    upstream.remove(world);
    return { operation, face, world, reply };
  }

  async function wrongInAudit(made: readonly Case[]) {
    const zonesOfCases = new Set(made.map(({ world }) => world.zone));
    const events = await eventually(async () => {
      const all = (await changesIn(audit)).filter(({ target }) => zonesOfCases.has(target?.zone_id ?? ''));
      return all.length >= 2 * made.length ? all : undefined;
    });
    const byZone = Map.groupBy(events, ({ target }) => target?.zone_id);
    return made.flatMap((one) => {
      const { operation, world, reply } = one;
      const recorded: ChainedEvent[] = byZone.get(world.zone) ?? [];
      return failureOf(one, problemsInAudit(operation, world, reply, recorded));
    });
  }

  function failureOf({ operation, face, world, reply }: Case, problems: readonly string[]) {
    if (problems.length === 0) return [];
    const { pages, changes } = world;
    const { status, body } = reply;
    return [{ seed, operation, face, problems, upstream: pages, changes, status, body: body.toString() }];
  }
});
