/** Against a real sidecar over a project folder; the test that starts this says where it is. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { FolderStore, type Json, Sidecar, SidecarError, SidecarGone } from '../src/index';
import { Lines } from '../src/lines';

const given = JSON.parse(process.env['SIDECAR_TEST'] ?? '{}') as {
  python: string;
  project: string;
  connection: Record<string, Json>;
};
const PROJECT = [
  given.python,
  '-c',
  'from ziggy_studio.cli import main; main()',
  'sidecar',
  '--project',
  given.project,
];
const PLUGIN = [given.python, '-m', 'ziggy_sf_write.sidecar'];
const CONFIG = { connection: 'sfDev', object: 'Account', matchKey: 'Ext__c' };
const REFUSED = { ...CONFIG, validate: true, invalidToSecondEdge: true };

function accounts(prefix: string, count: number): Json[] {
  return Array.from({ length: count }, (_, n) => ({ Ext__c: `${prefix}${n}`, Name: `${prefix} ${n}` }));
}

describe('a sidecar of a project', () => {
  const sidecar = new Sidecar({ command: PROJECT, host: 'tests' });
  after(() => sidecar.close());

  it('says hello, and describes its block', async () => {
    assert.equal((await sidecar.hello()).source, 'project');
    const { blocks } = await sidecar.request('describe', {});
    assert.ok(blocks.some((one) => one.type === 'SALESFORCE_WRITE_V1'));
  });

  it('offers choices and says what is wrong', async () => {
    const asked = { blockType: 'SALESFORCE_WRITE_V1', field: 'connection', config: {} };
    assert.deepEqual(
      (await sidecar.request('choices', asked)).choices.map((one) => one.value),
      ['sfDev'],
    );
    await assert.rejects(sidecar.request('choices', { ...asked, field: 'object' }), /Choose a connection first/);
  });

  it('writes items and gives both outputs and the report', async () => {
    const phases = new Set<string>();
    const items = [...accounts('a', 1200), 'no object'];
    const run = await sidecar.execute(
      items,
      { config: REFUSED, executionId: 'r1' },
      { onProgress: (one) => phases.add(one.phase) },
    );
    assert.equal(run.outputs[0]?.length, 1200);
    assert.deepEqual(run.outputs[1], ['no object']);
    assert.equal((run.report?.['notWritten'] as Json[]).length, 1);
    assert.ok(phases.has('write'));
  });

  it('streams: an asynchronous source, and chunks that are taken one after the other', async () => {
    async function* source() {
      for (let n = 0; n < 5000; n++) {
        yield `no object ${n}`;
      }
    }
    const seen: Json[] = [];
    let open = 0;
    const run = await sidecar.execute(
      source(),
      { config: REFUSED, executionId: 'r2' },
      {
        onItems: async (to, items) => {
          assert.equal(++open, 1);
          await new Promise((resolve) => setImmediate(resolve));
          open -= 1;
          if (to === 1) {
            seen.push(...items);
          }
        },
      },
    );
    assert.equal(seen.length, 5000);
    assert.equal(seen[4999], 'no object 4999');
    assert.deepEqual(run.report?.['notWritten'], []);
  });

  it('makes many runs at once', async () => {
    const runs = Array.from({ length: 40 }, (_, n) =>
      sidecar.execute(accounts(`m${n}-`, 3), { config: CONFIG, executionId: `m${n}` }),
    );
    for (const run of await Promise.all(runs)) {
      assert.equal(run.outputs[0]?.length, 3);
    }
  });

  it('ends a run with a fatal error, its report with every line', async () => {
    const run = sidecar.execute([{ Ext__c: 'x' }], { config: { ...CONFIG, object: 'Nothing__c' }, executionId: 'r3' });
    await assert.rejects(run, (err: SidecarError) => {
      assert.equal(err.code, 'host_error');
      assert.equal((err.report?.['notWritten'] as Json[]).length, 1);
      return true;
    });
  });

  it('stops a run, which accounts for every item', async () => {
    const stop = new AbortController();
    stop.abort();
    const run = await sidecar.execute(accounts('s', 10), { config: CONFIG, executionId: 'r4', signal: stop.signal });
    assert.equal((run.report?.['counts'] as Record<string, number>)['unprocessed'], 10);
  });

  it('stops a run all of whose items have gone', async () => {
    const stop = new AbortController();
    const config = { ...CONFIG, advanced: { batchSize: 1, concurrency: 1 } };
    const options = { config, executionId: 'r4b', signal: stop.signal };
    const run = await sidecar.execute(accounts('t', 300), options, {
      onProgress: ({ phase }) => {
        if (phase === 'write') {
          stop.abort();
        }
      },
    });
    const counts = run.report?.['counts'] as Record<string, number>;
    assert.ok((counts['unprocessed'] ?? 0) > 0, JSON.stringify(counts));
    assert.equal((counts['written'] ?? 0) + (counts['unprocessed'] ?? 0) + (counts['unknown'] ?? 0), 300);
  });

  it('tells whose fault it is when the source cannot be read', async () => {
    async function* broken() {
      yield { Ext__c: 'b', Name: 'B' };
      throw new Error('the source broke');
    }
    const run = sidecar.execute(broken(), { config: CONFIG, executionId: 'r5' });
    await assert.rejects(run, /the source broke/);
  });

  it('is started again after a crash; what was under way is refused, and not sent again', async () => {
    const pid = sidecar.pid as number;
    let hasStarted: () => void = () => undefined;
    const started = new Promise<void>((resolve) => (hasStarted = resolve));
    async function* endless() {
      for (;;) {
        yield { Ext__c: 'e', Name: 'E' };
        hasStarted();
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    const run = sidecar.execute(endless(), { config: CONFIG, executionId: 'r6' });
    const refused = assert.rejects(run, SidecarGone);
    await started;
    process.kill(pid, 'SIGKILL');
    await refused;
    assert.equal((await sidecar.hello()).version, 1);
    assert.notEqual(sidecar.pid, pid);
  });
});

describe('a sidecar without a project', () => {
  it('asks its host for connections and keeps failures in its store', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'store-'));
    const store = new FolderStore(folder);
    const services = {
      connectionNames: () => ['sfDev'],
      connection: (name: string) => {
        if (name !== 'sfDev') {
          throw new Error(`There is no connection ${name}.`);
        }
        return { type: 'salesforce', config: given.connection };
      },
      store,
    };
    const sidecar = new Sidecar({ command: PLUGIN, services });
    const config = { ...CONFIG, errorNamespace: 'a/b.c' };
    await sidecar.execute([{ Ext__c: 'f', Name: null }], { config, executionId: 'p1' });
    assert.deepEqual(await new FolderStore(folder).namespaces(), ['a/b.c']);
    const choices = { blockType: 'SALESFORCE_WRITE_V1', field: 'errorNamespace', config: {} };
    assert.deepEqual(
      (await sidecar.request('choices', choices)).choices.map((one) => one.value),
      ['a/b.c'],
    );
    await sidecar.execute([{ Ext__c: 'f', Name: 'Now' }], { config, executionId: 'p2' });
    assert.deepEqual(await readdir(folder), []);
    const gone = sidecar.execute([{}], { config: { ...config, connection: 'x' }, executionId: 'p3' });
    await assert.rejects(gone, /There is no connection x/);
    await sidecar.close();
    await assert.rejects(sidecar.hello(), /was closed/);
  });

  it('says that it cannot be started, and tries again with the next request', async () => {
    const sidecar = new Sidecar({ command: ['no-such-program-anywhere'] });
    await assert.rejects(sidecar.hello(), /cannot be started/);
    await assert.rejects(sidecar.hello(), /cannot be started/);
  });
});

describe('the folder store', () => {
  it('finds in key order, by key, and deletes', async () => {
    const store = new FolderStore(await mkdtemp(join(tmpdir(), 'store-')));
    await store.upsertMany(['b', 'a', 'c'].map((key) => ({ name: 'n', key, data: { key } })));
    assert.deepEqual(
      (await store.find('n', 2, 1)).map((one) => one.key),
      ['b', 'c'],
    );
    assert.deepEqual(
      (await store.findKeys('n', ['c', 'c', 'x'])).map((one) => one.data),
      [{ key: 'c' }],
    );
    const there = await store.insertMany(['c', 'd'].map((key) => ({ name: 'n', key, data: 'new' })));
    assert.deepEqual(
      there.map((one) => one.key),
      ['c'],
    );
    assert.deepEqual(
      (await store.find('n', 9, 2)).map((one) => one.data),
      [{ key: 'c' }, 'new'],
    );
    assert.equal(await store.deleteKeys('n', ['a', 'x']), 1);
    assert.deepEqual(await store.find('none', 5, 0), []);
  });
});

describe('lines', () => {
  it('come in any pieces, in the middle of a character too', () => {
    const bytes = Buffer.from('{"a":"ü"}\n\n{"b"');
    for (let at = 0; at <= bytes.length; at++) {
      const lines = new Lines();
      const found = [...lines.take(bytes.subarray(0, at)), ...lines.take(bytes.subarray(at))];
      assert.deepEqual(found, ['{"a":"ü"}', '']);
    }
  });
});
