import { describe, expect, test } from 'vitest';
import type { Json } from '../api/types';
import { afterEvent, NO_RUN, type RunState } from './run';

const tell = (run: RunState, kind: string, data: Record<string, Json>): RunState =>
  afterEvent(run, { kind, data, at: '2026-11-23T10:00:00.000Z' });

test('a block runs, tells how far it is, and ends with its time', () => {
  let run = tell({ ...NO_RUN, status: 'running' }, 'blockStarted', { block: 'write', type: 'W_V1' });
  expect(run.blocks['write']?.status).toBe('running');
  run = tell(run, 'blockProgress', { block: 'write', phase: 'write', done: 3, total: 9, failures: 1 });
  expect(run.blocks['write']?.progress).toMatchObject({ done: 3, total: 9, failures: 1 });
  run = tell(run, 'blockFinished', { block: 'write', type: 'W_V1', status: 'ok', ms: 12, report: null, error: null });
  expect(run.blocks['write']).toMatchObject({ status: 'ok', ms: 12, progress: null });
  expect(run.log.at(-1)).toMatchObject({ level: 'success', source: 'write', message: 'Done in 12 ms' });
});

test('a block that has not written everything is not said to have done well, nor is the run', () => {
  const verdict = { state: 'nothing', sentence: '0 of 2 written: 2 failed' };
  let run = tell({ ...NO_RUN, status: 'running' }, 'blockFinished', {
    block: 'write',
    type: 'W_V1',
    status: 'ok',
    ms: 12,
    report: { verdict, counts: { received: 2, written: 0, invalid: 0, failed: 2, unprocessed: 0, unknown: 0 } },
    error: null,
  });
  expect(run.log.at(-1)).toMatchObject({ level: 'error', message: 'Done in 12 ms; 2 received: 0 written, 2 failed' });
  run = tell(run, 'runFinished', { status: 'ok', ms: 20, error: null });
  expect(run.log.at(-1)).toMatchObject({
    level: 'error',
    message: 'Finished in 20 ms: nothing was written; write: 0 of 2 written: 2 failed',
  });
});

test('an edge that carried nothing counts 0, which is not the same as no count', () => {
  const run = tell(NO_RUN, 'edgeFilled', { edge: 'e', count: 0 });
  expect(run.counts).toEqual({ e: 0 });
});

describe('the end of a run', () => {
  test('with a fatal error keeps its sentence', () => {
    const run = tell(NO_RUN, 'runFinished', {
      status: 'error',
      ms: 5,
      error: { block: 'write', message: 'No login.' },
    });
    expect(run).toMatchObject({ status: 'error', error: 'No login.' });
  });
  test('by a stop says so in the log', () => {
    const run = tell(NO_RUN, 'runFinished', { status: 'stopped', ms: 5, error: null });
    expect(run.log.at(-1)?.message).toBe('Stopped in 5 ms');
  });
});

test('an event of a kind that is not known changes nothing', () => {
  expect(tell(NO_RUN, 'newKind', {})).toBe(NO_RUN);
});
