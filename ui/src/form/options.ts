import { isNearly } from './fuzzy';

/** What a dropdown shows: its options filtered, ranked and grouped. */

export interface Option {
  value: string;
  label: string;
  hint: string;
  group: string;
}

export type Row =
  | { kind: 'group'; label: string }
  | { kind: 'option'; option: Option; index: number }
  | { kind: 'create'; option: Option; index: number };

/** The options whose label or API name has all the words of the query, best first; order and groups stay where it is empty. */
export function matching(options: Option[], query: string): Option[] {
  const words = plain(query.trim()).split(/\s+/).filter(Boolean);
  if (words.length === 0) return options;
  const whole = words.join(' ');
  return options
    .map((option, order) => ({ option, order, rank: rank(option, words, whole) }))
    .filter((one) => one.rank >= 0)
    .sort((a, b) => a.rank - b.rank || a.order - b.order)
    .map((one) => one.option);
}

/** Without case and accents. */
function plain(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

/** The rank of an option for a query, 0 is the best; -1 where it does not match. */
function rank(option: Option, words: string[], whole: string): number {
  const label = plain(option.label);
  const value = plain(option.value);
  if (!words.every((word) => label.includes(word) || value.includes(word))) {
    return words.every((word) => isNearly(word, option.label) || isNearly(word, option.value)) ? 4 : -1;
  }
  if (label === whole || value === whole) return 0;
  if (label.startsWith(whole)) return 1;
  return value.startsWith(whole) ? 2 : 3;
}

/** The lines of the open menu; options and the line that creates one are numbered through. */
export function rowsOf(options: Option[], query: string, isCreatable: boolean): Row[] {
  const found = matching(options, query);
  const rows: Row[] = [];
  const isGrouped = query.trim() === '';
  let group = '';
  let index = 0;
  for (const option of found) {
    if (isGrouped && option.group !== group) {
      group = option.group;
      if (group) rows.push({ kind: 'group', label: group });
    }
    rows.push({ kind: 'option', option, index });
    index += 1;
  }
  const text = query.trim();
  const isKnown = options.some((option) => option.value.toLowerCase() === text.toLowerCase());
  if (isCreatable && text !== '' && !isKnown) {
    rows.push({ kind: 'create', option: { value: text, label: text, hint: '', group: '' }, index });
  }
  return rows;
}
