/** A million items through the client, there and back: it holds no more of them than the chunks under way. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Sidecar } from '../src/index';

const given = JSON.parse(process.env['SIDECAR_TEST'] ?? '{}') as { python: string; project: string };
const COMMAND = [
  given.python,
  '-c',
  'from ziggy_studio.cli import main; main()',
  'sidecar',
  '--project',
  given.project,
];
const CONFIG = {
  connection: 'sfDev',
  object: 'Account',
  matchKey: 'Ext__c',
  validate: true,
  invalidToSecondEdge: true,
};
const MANY = 1_000_000;
const ALLOWED_MB = 80;

const memoryMb = () => process.memoryUsage().rss / 1024 / 1024;

it('a million items pass in flat memory', { timeout: 580_000 }, async () => {
  const sidecar = new Sidecar({ command: COMMAND });
  const samples: number[] = [];
  async function* source() {
    for (let n = 0; n < MANY; n++) {
      if (n % 100_000 === 0) {
        samples.push(memoryMb());
      }
      yield { Ext__c: `k${n}`, Name: `Account ${n}`, AnnualRevenue: 'no number' };
    }
  }
  const counts: Record<string, number> = {};
  const options = { config: CONFIG, executionId: 'many', expected: MANY };
  await sidecar.execute(source(), options, {
    onItems: (to, items) => {
      counts[to] = (counts[to] ?? 0) + items.length;
    },
  });
  await sidecar.close();
  assert.deepEqual(counts, { 1: MANY, notWritten: MANY });
  const [, , early] = samples as [number, number, number];
  assert.ok(Math.max(...samples) - early < ALLOWED_MB, samples.map(Math.round).join());
});
