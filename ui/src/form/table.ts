import Papa from 'papaparse';

/** Tables and files as items, read and refused as the commands do it (`ziggy_sf_write/csv_files.py`, `cli/row_files.py`). */

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

/** A file by the ending of its name: `.csv`, `.tsv`, `.jsonl`, `.ndjson`, else JSON. */
export function readFile(name: string, text: string): Read {
  const plain = text.replace(/^\uFEFF/, '');
  if (/\.csv$/i.test(name)) return named(name, readTable(plain, delimiterOf(plain)));
  if (/\.tsv$/i.test(name)) return named(name, readTable(plain, '\t'));
  return named(name, /\.(jsonl|ndjson)$/i.test(name) ? readLines(plain) : readJson(plain));
}

const DELIMITERS = [',', ';', '\t', '|'];

/** What stands between the names of a header, mostly; a comma where there is nothing. */
function delimiterOf(text: string): string {
  const [header = ''] = text.replaceAll(/"[^"]*"/g, '').split('\n', 1);
  const count = (one: string) => header.split(one).length;
  return DELIMITERS.reduce((best, one) => (count(one) > count(best) ? one : best));
}

function named(name: string, read: Read): Read {
  return read.ok ? read : { ok: false, message: `${name}: ${read.message}` };
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
  return linesText(items.map((item) => JSON.stringify(item)));
}

function linesText(lines: string[]): string {
  return lines.length === 0 ? '[]' : `[\n  ${lines.join(',\n  ')}\n]`;
}

/** Lines stay as they are written: numbers of any length keep their digits. */
function readLines(text: string): Read {
  const lines = text.split('\n').map((line) => line.trim());
  for (const [at, line] of lines.entries()) {
    if (line && !isJson(line)) return { ok: false, message: `line ${at + 1}: this is not JSON.` };
  }
  const items = lines.filter(Boolean);
  return { ok: true, count: items.length, text: linesText(items) };
}

function readJson(text: string): Read {
  if (!/^\s*[[{]/.test(text) || !isJson(text)) {
    return {
      ok: false,
      message:
        'this is not a JSON array of rows, nor a single one. Rows on lines of their own belong into a file that ends in .jsonl.',
    };
  }
  const value: unknown = JSON.parse(text);
  return { ok: true, count: Array.isArray(value) ? value.length : 1, text: text.trim() };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
