import { expect, test } from 'vitest';
import type { Report } from '../api/types';
import { verdictOf } from './verdict';

const report = (state: 'complete' | 'partial' | 'nothing', sentence: string) =>
  ({ verdict: { state, sentence } }) as Report;

test('a run is as good as the worst of its blocks, and says why', () => {
  const good = report('complete', '2 of 2 written');
  const half = report('partial', '1 of 2 written: 1 failed');
  const none = report('nothing', '0 of 2 written: 2 invalid');
  expect(verdictOf([['a', good]])).toEqual({ state: 'complete', sentences: [] });
  expect(verdictOf([['a', good], ['b', half]])).toEqual({ state: 'partial', sentences: ['b: 1 of 2 written: 1 failed'] }); // prettier-ignore
  expect(
    verdictOf([
      ['b', half],
      ['c', none],
    ]).state,
  ).toBe('nothing');
});

test('a report without a verdict, as older runs have it, says nothing', () => {
  expect(verdictOf([['a', {} as Report]])).toEqual({ state: 'complete', sentences: [] });
});
