import { describe, expect, test } from 'vitest';
import type { Choice } from '../api/types';
import { change, linesOf, openTargets, pairsOf, proposalsFor } from './mapping';

const field = (value: string, label: string, required = false): Choice => ({ value, label, hint: '', group: '', required }); // prettier-ignore
const TARGETS = [field('Name', 'Account Name', true), field('Phone', 'Account Phone'), field('Industry', 'Industry')];
const key = (name: string) => ({ key: name, sample: '', repeated: 0 });

test('keys of the edge come first, with what is said of them; keys that are not on it follow', () => {
  const pairs = pairsOf({ Firm: 'Name', gone: null }, false);
  expect(linesOf(pairs, [key('firm'), key('industry'), key('tel')], TARGETS)).toEqual([
    { key: 'firm', target: 'Name', same: null },
    { key: 'industry', target: undefined, same: 'Industry' },
    { key: 'tel', target: undefined, same: null },
    { key: 'gone', target: null, same: null },
  ]);
});

test('a likely field is proposed once, and none for a key that keeps its name', () => {
  const lines = linesOf([], [key('account_name'), key('AccountName'), key('Industry'), key('zzz')], TARGETS);
  expect([...proposalsFor(lines, TARGETS, false)]).toEqual([
    ['account_name', { value: 'Name', label: 'Account Name' }],
  ]);
});

test('what is required and not filled is open', () => {
  expect(openTargets(linesOf([], [key('tel')], TARGETS), TARGETS).map((one) => one.value)).toEqual(['Name']);
  expect(openTargets(linesOf([], [key('name')], TARGETS), TARGETS)).toEqual([]);
});

describe('a change', () => {
  test('keeps the order and the spelling that is on the edge', () =>
    expect(Object.entries(change({ Firm: 'Name', b: 'x' }, { key: 'firm', to: 'Phone' }, false))).toEqual([
      ['firm', 'Phone'],
      ['b', 'x'],
    ]));
  test('leaves a key out, and takes it in again', () => {
    expect(change({}, { key: 'a', to: null }, false)).toEqual({ a: null });
    expect(change({ a: null }, { key: 'a', to: undefined }, false)).toEqual({});
  });
  test('stored by target gives a line another name', () =>
    expect(change({ Name: 'firm', b: 'x' }, { key: 'firm', to: 'Title', before: 'Name' }, true)).toEqual({
      Title: 'firm',
      b: 'x',
    }));
});
