import { expect, test } from 'vitest';
import type { PastRun } from '../api/types';
import { pastRun, reportsOf } from './past';

const RUN: PastRun = {
  id: 'r1',
  flow: 'F',
  mode: 'DEV',
  started_at: '2026-11-23T10:00:00.000+00:00',
  status: 'error',
  ms: 12,
  error: { block: 'write', message: 'No login.' },
  response: null,
  blocks: [
    { id: 'in', type: 'IN_V1', status: 'ok', ms: 1, report: null },
    { id: 'write', type: 'W_V1', status: 'error', ms: 9, report: { counts: { received: 2 } } },
    { id: 'out', type: 'OUT_V1', status: 'notRun', ms: 0, report: null },
  ],
  edges: { first: 2, second: 0 },
  kind: 'run',
  undoable: false,
};

test('a run of the past stands on the canvas as it ended', () => {
  const shown = pastRun(RUN, []);
  expect(shown).toMatchObject({
    id: 'r1',
    status: 'error',
    ms: 12,
    error: 'No login.',
    counts: { first: 2, second: 0 },
  });
  expect(shown.blocks['in']).toMatchObject({ status: 'ok', error: null });
  expect(shown.blocks['write']).toMatchObject({
    status: 'error',
    error: 'No login.',
    report: { counts: { received: 2 } },
  });
  expect(shown.blocks['out']).toBeUndefined();
});

test('a run that never ended is one that was lost, with nothing on its edges', () => {
  const shown = pastRun({ ...RUN, status: 'running', ms: null, error: null, blocks: null, edges: null }, []);
  expect(shown).toMatchObject({ status: 'lost', blocks: {}, counts: {} });
});

test('a replay is called one; a preview is one also where the history does not know', () => {
  const preview = [{ id: 'w', type: 'W_V1', status: 'ok', ms: 1, report: { counts: {}, dryRun: true } }];
  expect(pastRun({ ...RUN, kind: 'replay' }, []).kind).toBe('replay');
  expect(pastRun({ ...RUN, blocks: preview }, []).kind).toBe('preview');
  expect(pastRun(RUN, []).kind).toBe('run');
});

test('only reports that count items are pictures', () => {
  expect(reportsOf(RUN)).toEqual([['write', { counts: { received: 2 } }]]);
});
