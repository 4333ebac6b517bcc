import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { prune } from '../../src/gateway/audit/tools/prune.js';
import { SqliteArchive } from '../../src/gateway/audit/sqlite/archive.js';
import { verify } from '../../src/gateway/audit/tools/verify.js';
import { initKeyRing } from '../../src/platform/keys/key-ring.js';
import { type AuditCliPlace, auditCliPlaces } from '../support/audit/audit-cli-place.js';
import { withDatabase } from '../support/audit/audit-stores.js';

const here = auditCliPlaces();
let at: AuditCliPlace;
beforeEach(() => void (at = here()));

describe('npm run audit -- prune', () => {
  const before = () => new Date(Date.now() + 1).toISOString();

  it('The prune command removes the records that a checkpoint covers, and the log still verifies', async () => {
    for (let time = 0; time < 3; time += 1) {
      await at.aChainOf({}, {}, {});
      await at.aChainOf({}, {});
      expect(await at.audit('prune', '--older-than', '0d')).toMatchObject({
        code: 0,
        output: expect.stringMatching(
          /^Removed \d+ records from before .*\. A signed tombstone stands for them\./,
        ),
      });
      expect(await at.audit('verify', '--checkpoints', at.printedFile)).toMatchObject({
        code: 0,
        errors: '',
      });
      // The last checkpoint, which no later one covers; the writer record of the pruning, and its tombstone.
      expect(await at.ofTexts()).toHaveLength(3);
    }
    await at.aChainOf({});
    expect(await at.audit('verify', '--checkpoints', at.printedFile)).toMatchObject({ code: 0, errors: '' });
  });

  it('The prune command prints why it removes nothing', async () => {
    await at.aChainOf({}, {});
    expect((await at.audit('prune', '--older-than', '1d')).output).toMatch(
      /^Nothing was removed: there is nothing from before 20/,
    );
    await at.audit('prune', '--older-than', '0d');
    const count = (await at.ofTexts()).length;
    expect((await at.audit('prune', '--older-than', '0d')).output).toBe(
      'Nothing was removed: there are only 3 older records for which no checkpoint from before then vouches.\n',
    );
    expect(await at.ofTexts()).toHaveLength(count);
  });

  it('The prune command keeps old records that follow a newer record in their chain', async () => {
    const old = { ts: '2020-01-01T00:00:00.000Z' };
    await at.aChainOf(old, { ts: '2999-01-01T00:00:00.000Z' }, old);
    expect((await at.audit('prune', '--older-than', '0d')).output).toMatch(
      /^Nothing was removed: there are only/,
    );
  });

  it('The prune command removes nothing from a log that does not verify', async () => {
    await at.aChainOf({}, {}, {});
    withDatabase(at.place.path, (db) => {
      db.exec('DROP TRIGGER audit_records_stay');
      db.exec('DELETE FROM audit_records WHERE seq = 3');
    });
    const count = (await at.ofTexts()).length;
    expect(await at.audit('prune', '--older-than', '0d')).toMatchObject({
      code: 1,
      errors: expect.stringMatching(
        /^Nothing was removed, since the log does not verify\.\nGap: record 3 of chain [\s\S]+give AUDIT_URL another file/,
      ),
    });
    expect(await at.ofTexts()).toHaveLength(count);
  });

  it('A verification that runs during a prune finds no fault', async () => {
    await at.aChainOf({}, {});
    await at.aChainOf({});
    let readings = 0;
    class Pruned extends SqliteArchive {
      override async *all() {
        readings += 1;
        if (readings === 2) await at.audit('prune', '--older-than', '0d');
        yield* super.all();
      }
    }
    const { finding, records } = await verify(new Pruned({ path: at.place.path }), { keys: at.keys() });
    // The prune removes a whole chain between two readings, so both are repeated.
    expect(readings).toBe(4);
    expect(finding).toBeNull();
    expect(records).toBe(3);
  });

  it('The verify command refuses a tombstone that is signed with another key', async () => {
    await at.aChainOf({}, {});
    await at.aChainOf({});
    const other = join(at.place.folder, 'other.json');
    initKeyRing(other);
    expect((await prune(at.place.archive(), at.keys(), before())).removed).toBeGreaterThan(0);
    const ring = JSON.parse(readFileSync(at.keysFile, 'utf8')) as { signing: string };
    const { signing } = JSON.parse(readFileSync(other, 'utf8')) as { signing: string };
    writeFileSync(at.keysFile, JSON.stringify({ ...ring, signing }));
    expect((await at.audit('verify')).errors).toMatch(/Unsigned: record \d+ of chain/);
  });
});
