import { expect, test } from 'vitest';
import { partsOf, sentenceOf } from './outcomes';

test('a report becomes a bar of what there was, written split into created and updated', () => {
  const parts = partsOf({
    counts: { received: 9, written: 6, invalid: 2, failed: 1, unknown: 0 },
    created: 2,
    updated: 4,
  });
  expect(parts.map((part) => [part.key, part.count])).toEqual([
    ['created', 2],
    ['updated', 4],
    ['invalid', 2],
    ['failed', 1],
  ]);
  expect(sentenceOf(parts)).toBe('2 created, 4 updated, 2 invalid, 1 failed');
});

test('an empty edge has no parts', () => expect(sentenceOf(partsOf({ counts: { received: 0 } }))).toBe('No items'));
