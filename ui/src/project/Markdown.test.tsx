import { render } from '@testing-library/react';
import { expect, test } from 'vitest';
import { Markdown, withoutTitle } from './Markdown';

const html = (text: string): string => render(<Markdown text={text} />).container.innerHTML;

test('headings, lists, tables and code become elements', () => {
  expect(html('## One **two**\n\n- a\n  b\n- c `d`\n  1. e\n')).toBe(
    '<h3>One <strong>two</strong></h3><ul><li>a\nb</li><li>c <code>d</code><ol start="1"><li>e</li></ol></li></ul>',
  );
  expect(html('| x | y |\n|---|---|\n| 1 | `2|` |\n')).toContain('<th scope="col">x</th>');
  expect(html('```js\na < b\n```')).toBe('<pre>a &lt; b</pre>');
});

test('HTML stays text, in a line and as a block', () => {
  const line = html('a <img src=x onerror=alert(1)> b');
  const block = html('<script>alert(1)</script>\n\n<div onclick="alert(1)">x</div>\n');
  expect(line).toBe('<p>a &lt;img src=x onerror=alert(1)&gt; b</p>');
  expect(block).not.toMatch(/<(script|div|img)/);
});

test('a link leads to the web, and anything else that looks like one is its text', () => {
  expect(html('[docs](https://example.com/a)')).toBe(
    '<p><a href="https://example.com/a" target="_blank" rel="noopener noreferrer">docs</a></p>',
  );
  expect(html('[x](javascript:alert(1)) [y](data:text/html,1) [z](docs/z.md) ![i](https://example.com/i.png)')).toBe(
    '<p>x y z i</p>',
  );
});

test('the title of the whole is left out, a later heading is not', () => {
  expect(withoutTitle('# Title\n\nText\n')).toBe('\n\nText\n');
  expect(withoutTitle('Text\n\n# Later\n')).toBe('Text\n\n# Later\n');
});
