import { expect, test } from 'vitest';
import type { Descriptor } from '../api/types';
import { labelOf, sayProblem, withNames } from './problems';

const WRITER = {
  configSchema: {
    properties: {
      matchKey: { title: 'Edge key for matching' },
      advanced: { title: 'Advanced', properties: { batchSize: { title: 'Batch size' } } },
    },
  },
} as unknown as Descriptor;

test('a setting is called by its label, within its group', () => {
  expect(labelOf(WRITER, '/matchKey')).toBe('Edge key for matching');
  expect(labelOf(WRITER, '/advanced/batchSize')).toBe('Advanced: Batch size');
  expect(labelOf(WRITER, '/unknown')).toBe('');
});

test('what is missing is said in the words of the form', () => {
  const message = '`matchKey` is missing: set Edge key for matching.';
  expect(sayProblem({ path: '/matchKey', message }, WRITER)).toBe('Edge key for matching is not set.');
});

test('names of settings give way to labels, other names stay', () => {
  const message = '`advanced.batchSize` is 0, but it must be at least 1; `Name` is fine.';
  expect(sayProblem({ path: '/advanced/batchSize', message }, WRITER)).toBe(
    '“Advanced: Batch size” is 0, but it must be at least 1; `Name` is fine.',
  );
});

test('blocks are called by their names', () => {
  const nameOf = (id: string) => (id === 'write' ? 'SalesForce Write' : id);
  expect(withNames('`write` is wired to `nothing`.', nameOf)).toBe('“SalesForce Write” is wired to `nothing`.');
});
