import { expect, test } from 'vitest';
import type { Report } from '../api/types';
import { changesOf } from './changes';

test('a report that says nothing of changes has none', () => {
  expect(changesOf({} as Report)).toEqual({ changes: [], notShown: 0, unchanged: 0, calls: null, left: null });
});

test('what a preview found is told as it stands', () => {
  const changes = [{ index: 3, id: null, action: 'create', fields: { Phone: { before: null, after: '2' } } }];
  const report = { changes, changesNotShown: 4, unchanged: 2, callEstimate: { calls: 1, left: null } };
  expect(changesOf(report as unknown as Report)).toEqual({ changes, notShown: 4, unchanged: 2, calls: 1, left: null });
});
