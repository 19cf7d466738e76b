import { describe, expect, test } from 'vitest';
import { looksLikeTable, readFile, readPasted } from './table';

const items = (read: ReturnType<typeof readPasted>) => (read.ok ? (JSON.parse(read.text) as unknown) : read.message);

describe('a table that is pasted', () => {
  test('becomes items', () =>
    expect(items(readPasted('Id,Name\r\n1,"Acme, ""Inc"""\r\n2,\n'))).toEqual([
      { Id: '1', Name: 'Acme, "Inc"' },
      { Id: '2', Name: '' },
    ]));
  test('may come from a spreadsheet, with tabs', () =>
    expect(items(readPasted('a\tb\n1\t2'))).toEqual([{ a: '1', b: '2' }]));
  test('has no property where a row lacks a cell, and tells of cells too many', () =>
    expect(items(readPasted('a,b\n1\n1,2,3'))).toEqual([
      { a: '1' },
      { a: '1', b: '2', '(more cells than the header)': ['3'] },
    ]));
  test('is refused where two columns have one name', () =>
    expect(items(readPasted('a,a\n1,2'))).toContain('the column “a” twice'));
  test('is refused where a quotation mark is never closed', () =>
    expect(items(readPasted('a,b\n1,"2'))).toContain('this is not CSV'));
  test.each(['[1, 2]', '{a: 1}', 'just a line', 'a,b', '"Name": "x",\n"Id": "y"', "Name: 'a, b',\nId: 1"])(
    '%j is none',
    (text) => expect(looksLikeTable(text)).toBe(false),
  );
});

describe('a file', () => {
  test('of JSON Lines keeps the digits of its numbers', () =>
    expect(readFile('rows.jsonl', '{"n": 12345678901234567890}\n\n{"n": 1}\n')).toEqual({
      ok: true,
      count: 2,
      text: '[\n  {"n": 12345678901234567890},\n  {"n": 1}\n]',
    }));
  test('of JSON is taken as it is', () =>
    expect(readFile('rows.json', '\uFEFF[{"a": 1}]')).toEqual({ ok: true, count: 1, text: '[{"a": 1}]' }));
  test('that cannot be read says where', () =>
    expect(readFile('rows.jsonl', '{"a": 1}\n{a}')).toEqual({
      ok: false,
      message: 'rows.jsonl: line 2: this is not JSON.',
    }));
  test('of many rows has one on each line', () => {
    const read = readFile('rows.csv', `a\n${'x\n'.repeat(2000)}`);
    expect(read.ok && read.text.split('\n').length).toBe(2002);
  });
});

test.each([';', '\t', '|'])('a file whose columns are parted by %j is a table, too', (sign) => {
  const read = readFile('a.csv', `Name${sign}"Tel, home"\nAcme${sign}1\n`);
  expect(read.ok && JSON.parse(read.text)).toEqual([{ Name: 'Acme', 'Tel, home': '1' }]);
});
