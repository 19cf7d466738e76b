import JSON5 from 'json5';
import type { Json } from '../api/types';

/** Test data as a person types it: JSON, or a JavaScript object literal. Parsed, never evaluated. */

export type Parsed = { ok: true; count: number } | { ok: false; message: string; line: number; column: number };

export function parseLiteral(text: string): Parsed {
  if (text.trim() === '') return { ok: true, count: 0 };
  try {
    const value: Json = JSON5.parse(text);
    return { ok: true, count: Array.isArray(value) ? value.length : 1 };
  } catch (error) {
    const found = error as { message?: string; lineNumber?: number; columnNumber?: number };
    const message = (found.message ?? 'This cannot be read').replace(/^JSON5: /, '').replace(/ at \d+:\d+$/, '');
    return { ok: false, message, line: found.lineNumber ?? 1, column: found.columnNumber ?? 1 };
  }
}

/** CSV as an array of objects, if the text looks like it: a line of names, then lines with as many cells. */
export function csvToItems(text: string): Record<string, string>[] | null {
  if (/^\s*[[{]/.test(text)) return null;
  const lines = splitCsv(text.trim());
  const [names, ...rows] = lines;
  if (!names || rows.length === 0 || names.length < 2) return null;
  if (names.some((name) => name === '') || rows.some((row) => row.length !== names.length)) return null;
  return rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at] ?? ''])));
}

function splitCsv(text: string): string[][] {
  const separator = (text.split('\n', 1)[0] ?? '').includes('\t') ? '\t' : ',';
  const rows: string[][] = [[]];
  let cell = '';
  let isQuoted = false;
  const endCell = () => {
    rows.at(-1)?.push(cell.trim());
    cell = '';
  };
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at] ?? '';
    if (isQuoted) {
      if (letter === '"' && text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else if (letter === '"') isQuoted = false;
      else cell += letter;
    } else if (letter === '"' && cell.trim() === '') {
      cell = '';
      isQuoted = true;
    } else if (letter === separator) endCell();
    else if (letter === '\n') {
      endCell();
      rows.push([]);
    } else if (letter !== '\r') cell += letter;
  }
  endCell();
  return rows;
}
