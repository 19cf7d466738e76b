import Papa from 'papaparse';

/** Tables that are pasted, as items. */

export type Read = { ok: true; text: string; count: number } | { ok: false; message: string };
type Row = Record<string, string | string[]>;

const TOO_MANY = '(more cells than the header)';
const FEW = 1000;

/** Whether pasted text is meant as a table: a line of names, then others; no JSON, nor a piece of it. */
export function looksLikeTable(text: string): boolean {
  const [header = '', ...rest] = text.trim().split(/\r?\n/, 2);
  if (rest.length === 0 || /^\s*[[{]/.test(text) || /^\s*["']?[\w$ ]+["']?\s*:/.test(header)) return false;
  return /[,\t]/.test(header);
}

/** A table that is pasted: with tabs, as a spreadsheet gives it, or with commas. */
export function readPasted(text: string): Read {
  const header = text.split('\n', 1)[0] ?? '';
  return readTable(text, header.includes('\t') ? '\t' : ',');
}

function readTable(text: string, delimiter: string): Read {
  const { data, errors } = Papa.parse<string[]>(text.replaceAll('\r\n', '\n'), {
    delimiter,
    newline: '\n',
    skipEmptyLines: true,
  });
  const broken = errors.find((one) => one.type === 'Quotes');
  if (broken) return { ok: false, message: `row ${(broken.row ?? 0) + 1}: this is not CSV (${broken.message}).` };
  const [names = [], ...rows] = data;
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) {
    const which = twice ? `the column “${twice}” twice` : 'several columns without a name';
    return { ok: false, message: `the header has ${which}. Rename or remove one of them.` };
  }
  return { ok: true, count: rows.length, text: itemsText(rows.map((row) => toItem(names, row))) };
}

/** A cell that a row lacks is no property of it. */
function toItem(names: string[], row: string[]): Row {
  const item: Row = Object.fromEntries(names.slice(0, row.length).map((name, at) => [name, row[at] ?? '']));
  if (row.length > names.length) item[TOO_MANY] = row.slice(names.length);
  return item;
}

/** Many items stand on a line each, so that their text stays small. */
function itemsText(items: Row[]): string {
  if (items.length <= FEW) return JSON.stringify(items, null, 2);
  return `[\n  ${items.map((item) => JSON.stringify(item)).join(',\n  ')}\n]`;
}
