import { beforeEach, expect, test } from 'vitest';
import { forgetRefused, refusedFields, refusedText, setRefused } from './pending';

const MAPPER = { id: 'mapper', ariaLabel: 'Mapper block' };
const HALF = { text: '{"Name": ', known: '{}', label: 'Mapping', block: 'mapper' };

beforeEach(() => {
  forgetRefused();
});

test('a text that is not stored waits for its field as long as that holds the same', () => {
  setRefused('mapper mapping', HALF);
  expect(refusedText('mapper mapping', '{}')).toBe('{"Name": ');
  expect(refusedText('mapper mapping', '{"Name": "Title"}')).toBeUndefined();
  expect(refusedText('other mapping', '{}')).toBeUndefined();
});

test('it is told of with its block, while there is one', () => {
  setRefused('mapper mapping', HALF);
  setRefused('form field', { text: '[', known: '', label: 'Options', block: undefined });
  expect(refusedFields([MAPPER])).toEqual(['Mapping of Mapper block', 'Options']);
  expect(refusedFields([])).toEqual(['Options']);
  setRefused('mapper mapping', null);
  expect(refusedFields([MAPPER])).toEqual(['Options']);
});
