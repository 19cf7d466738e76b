import { describe, expect, test } from 'vitest';
import { csvToItems, parseLiteral } from './literal';
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

describe('CSV that is pasted', () => {
  test('becomes items', () =>
    expect(csvToItems('Id,Name\r\n1,"Acme, ""Inc"""\r\n2,\n')).toEqual([
      { Id: '1', Name: 'Acme, "Inc"' },
      { Id: '2', Name: '' },
    ]));
  test('may come from a spreadsheet, with tabs', () => expect(csvToItems('a\tb\n1\t2')).toEqual([{ a: '1', b: '2' }]));
  test.each(['[1, 2]', '{a: 1}', 'just a line', 'a,b', 'a,b\n1,2,3', 'a,\n1,2'])('%j is not CSV', (text) => {
    expect(csvToItems(text)).toBeNull();
  });
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
