import { describe, expect, test } from 'vitest';
import { looksLikeTable, readPasted } from './table';

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

test('many rows stand on a line each', () => {
  const read = readPasted(`a\tb\n${'x\ty\n'.repeat(2000)}`);
  expect(read.ok && read.text.split('\n').length).toBe(2002);
});
