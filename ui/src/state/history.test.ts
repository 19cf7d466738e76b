import { expect, test } from 'vitest';
import { emptyHistory, redo, remember, undo } from './history';

test('undo takes changes back one by one, redo brings them again', () => {
  const history = remember(remember(emptyHistory<string>(), 'a', null), 'b', null);
  const back = undo(history, 'c');
  expect(back?.present).toBe('b');
  expect(redo(back?.history ?? emptyHistory(), 'b')?.present).toBe('c');
});

test('changes with one key are taken back at once', () => {
  const history = remember(remember(emptyHistory<string>(), '', 'type name'), 'N', 'type name');
  expect(undo(history, 'Na')).toEqual({ present: '', history: { past: [], future: ['Na'], lastKey: null } });
});

test('a new change ends what could be brought again', () => {
  const back = undo(remember(emptyHistory<string>(), 'a', null), 'b');
  expect(redo(remember(back?.history ?? emptyHistory(), 'a', null), 'c')).toBeNull();
});

test('with nothing done there is nothing to undo', () => expect(undo(emptyHistory<string>(), 'a')).toBeNull());
