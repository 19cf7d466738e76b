import { expect, test } from 'vitest';
import { looksLikeTable } from './RowFileInput';

test.each(['Id,Name\n1,x', 'Id;Name\r\n1;x', 'Id\tName\n1\tx', 'Id|Name\n1|x', '"Id","Name"\n"1","x"'])(
  '%j is a table',
  (text) => {
    expect(looksLikeTable(text)).toBe(true);
  },
);

test.each(['[1, 2]', '{a: 1}', 'just a line', 'a,b', '"Name": "x",\n"Id": "y"', "Name: 'a, b',\nId: 1"])(
  '%j is none',
  (text) => {
    expect(looksLikeTable(text)).toBe(false);
  },
);
