import JSON5 from 'json5';
import type { Json } from '../api/types';

/** Test data as a person types it: JSON, or a JavaScript object literal. Parsed, never evaluated. */

export type Parsed = { ok: true; count: number } | { ok: false; message: string; line: number; column: number };

export function parseLiteral(text: string): Parsed {
  if (text.trim() === '') return { ok: true, count: 0 };
  try {
    const value = parseFast(text);
    return { ok: true, count: Array.isArray(value) ? value.length : 1 };
  } catch (error) {
    const found = error as { message?: string; lineNumber?: number; columnNumber?: number };
    const message = (found.message ?? 'This cannot be read').replace(/^JSON5: /, '').replace(/ at \d+:\d+$/, '');
    return { ok: false, message, line: found.lineNumber ?? 1, column: found.columnNumber ?? 1 };
  }
}

/** JSON itself is read by the browser, many times faster than a literal. */
function parseFast(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return JSON5.parse(text);
  }
}
