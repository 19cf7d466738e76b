import { describe, expect, test } from 'vitest';
import { parseLiteral } from './literal';
import { partner } from './literalLanguage';
import { tokens } from './tokens';

describe('test data', () => {
  test('may be JSON', () => expect(parseLiteral('[{"a": 1}, {"a": 2}]')).toEqual({ ok: true, count: 2 }));
  test('may be an object literal', () =>
    expect(parseLiteral("{Id: 'x', /* why */ n: 1,}")).toEqual({ ok: true, count: 1 }));
  test('may be missing', () => expect(parseLiteral(' \n')).toEqual({ ok: true, count: 0 }));
  test('says line and column of what cannot be read', () =>
    expect(parseLiteral('[\n  {a: }\n]')).toMatchObject({ ok: false, line: 2, column: 7 }));
  test('is never evaluated', () => expect(parseLiteral('[alert(1)]').ok).toBe(false));
});

test('a bracket finds its partner past texts', () => {
  expect(partner("[{a: ']'}]", 0)).toBe(9);
  expect(partner('[{', 0)).toBeNull();
});

test('a line is cut into what gets a colour', () => {
  expect(tokens("  Id: 'x', n: -1.5").map((one) => [one.kind, one.text])).toEqual([
    ['plain', '  '],
    ['key', 'Id'],
    ['plain', ':'],
    ['plain', ' '],
    ['text', "'x'"],
    ['plain', ', '],
    ['key', 'n'],
    ['plain', ':'],
    ['plain', ' '],
    ['value', '-1.5'],
  ]);
});
