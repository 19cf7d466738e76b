/** JSON whose whole numbers keep all of their digits: those beyond 2^53 are read as `bigint`. */

const LONG_NUMBER = /\d{16}/;

type Reviver = (key: string, value: unknown, context?: { source?: string }) => unknown;

const keepDigits: Reviver = (_key, value, context) => {
  const source = context?.source ?? '';
  const isRounded = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
  return isRounded && /^-?\d+$/.test(source) ? BigInt(source) : value;
};

export function parseExact(text: string): unknown {
  return LONG_NUMBER.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
}

// A browser without `rawJSON` writes a text in its place, whose quotes then go.
const MARK = '\u0001';
const MARKED = /"\\u0001(-?\d+)"/g;
const raw = (JSON as { rawJSON?: (text: string) => unknown }).rawJSON;

/** The text of what `parseExact` has read, digit for digit. */
export function exactText(value: unknown, indent?: number): string {
  const withDigits = (_key: string, one: unknown) =>
    typeof one === 'bigint' ? (raw ? raw(String(one)) : `${MARK}${String(one)}`) : one;
  const text = JSON.stringify(value, withDigits, indent);
  return raw ? text : text.replace(MARKED, '$1');
}
