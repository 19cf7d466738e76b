import { expect, test } from 'vitest';
import { parseInline, parseMarkdown } from './markdown';

test('a help with heading, list, table and code becomes a tree', () => {
  const blocks = parseMarkdown(
    '# Title\n\nOne **two**\nthree.\n\n- a\n  b\n- c\n\n| x | y |\n|---|---|\n| 1 | `2` |\n\n```\ncode\n```\n',
  );
  expect(blocks.map((block) => block.kind)).toEqual(['heading', 'paragraph', 'list', 'table', 'code']);
  expect(blocks[2]).toEqual({ kind: 'list', items: [[{ kind: 'text', text: 'a b' }], [{ kind: 'text', text: 'c' }]] });
  expect(blocks[3]).toMatchObject({ rows: [[[{ text: '1' }], [{ kind: 'code', text: '2' }]]] });
});

test('HTML stays text', () => {
  expect(parseInline('<img src=x onerror=alert(1)>')).toEqual([{ kind: 'text', text: '<img src=x onerror=alert(1)>' }]);
});
