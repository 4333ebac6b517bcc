import { type Query } from './connection.js';
import { sqlState } from './errors.js';
import { AuditStoreError } from '../record/store.js';

const newest = 1;
const title = 'Audit log of the Origin Pulls Gateway, version';
/** Shared by all replicas. */
const lock = 7_061_992_441;

/** The body as JSON. U+FFFD replaces NUL, which JSONB refuses. */
export const json = String.raw`replace(body, '\u0000', '\ufffd')::jsonb`;

/** Generated columns cannot differ from the body. They compare by bytes, so that no locale affects their order. */
const version1 = String.raw`
CREATE TABLE audit_records (
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  body text NOT NULL,
  hash text NOT NULL,
  writer text COLLATE "C" NOT NULL GENERATED ALWAYS AS (${json} ->> 'writer') STORED,
  seq bigint NOT NULL GENERATED ALWAYS AS ((${json} ->> 'seq')::bigint) STORED,
  op_id text COLLATE "C" NOT NULL GENERATED ALWAYS AS (${json} ->> 'op_id') STORED,
  stage text COLLATE "C" NOT NULL GENERATED ALWAYS AS (${json} ->> 'stage') STORED,
  ts text COLLATE "C" NOT NULL GENERATED ALWAYS AS (${json} ->> 'ts') STORED,
  zone_id text COLLATE "C" GENERATED ALWAYS AS (${json} #>> '{target,zone_id}') STORED,
  action text COLLATE "C" GENERATED ALWAYS AS (${json} ->> 'action') STORED,
  actor text COLLATE "C" GENERATED ALWAYS AS (${json} #>> '{actor,fingerprint}') STORED,
  status text COLLATE "C" GENERATED ALWAYS AS (${json} #>> '{result,status}') STORED,
  certificate_id text COLLATE "C" GENERATED ALWAYS AS (${json} #>> '{target,certificate_id}') STORED,
  hostnames jsonb GENERATED ALWAYS AS (${json} #> '{target,hostnames}') STORED,
  request_id text COLLATE "C" GENERATED ALWAYS AS (${json} ->> 'request_id') STORED,
  UNIQUE (writer, seq),
  UNIQUE (op_id, stage)
);

CREATE INDEX audit_records_zone ON audit_records (zone_id, ts, position);
-- Finds open intents without reading a record.
CREATE INDEX audit_records_intents ON audit_records (position) INCLUDE (ts, op_id) WHERE stage = 'intent';
CREATE INDEX audit_records_writers ON audit_records (position) WHERE stage = 'writer';

-- Per statement, so that a statement that matches no row is refused too.
CREATE FUNCTION audit_records_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('audit_records.pruning', true) = 'on'
    AND pg_has_role(current_user, (SELECT relowner FROM pg_catalog.pg_class WHERE oid = TG_RELID), 'USAGE')
  THEN RETURN NULL;
  END IF;
  RAISE EXCEPTION 'Audit records are neither changed nor removed.' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_records_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_records
  EXECUTE FUNCTION audit_records_stay();
`;

/**
 * Creates missing tables in the transaction of `run`. If they exist, it needs no privilege but SELECT.
 *
 * @throws AuditStoreError if they are of a newer version, or of another program
 */
export async function migrate(run: Query): Promise<void> {
  if ((await versionOf(run)) === newest) return;
  await run(`SELECT pg_advisory_xact_lock(${lock})`);
  // Another replica may have created them in the meantime.
  if ((await versionOf(run)) < newest) {
    await run(version1).catch(mayNot);
    await run(`COMMENT ON TABLE audit_records IS '${title} ${newest}'`);
  }
}

/** From the comment of the table, which every role may read. 0 if there is no table. */
async function versionOf(run: Query): Promise<number> {
  const [table] = await run(
    `SELECT oid, obj_description(oid, 'pg_class') AS title FROM pg_class WHERE oid = to_regclass('audit_records')`,
  );
  if (!table) return 0;
  const version = new RegExp(`^${title} ([0-9]+)$`).exec(String(table['title']))?.[1];
  if (!version) throw new AuditStoreError('There is a table audit_records that is not of this program.');
  if (Number(version) > newest) {
    throw new AuditStoreError(
      `The audit tables are of version ${version}, and this program knows up to ${newest}: a newer release made them.`,
    );
  }
  return Number(version);
}

function mayNot(error: unknown): never {
  if (sqlState(error) !== '42501') throw error;
  throw new AuditStoreError(
    'There are no audit tables yet, and this role may not make them (SQLSTATE 42501): start once as their owner.',
  );
}
