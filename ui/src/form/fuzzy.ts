/** Names that are nearly the same: accents, case and signs aside, with a slip of the hand or letters left out. */

const MARKS = /\p{M}/gu;
const SIGNS = /[^\p{L}\p{N}]+/gu;
const LEAST_LETTERS = 4;

/** The letters and digits of a name, without case and accents. */
export function folded(text: string): string {
  return text.normalize('NFKD').replace(MARKS, '').toLowerCase().replace(SIGNS, '');
}

/** Whether the letters of the one stand in the other in this order, and its first one first. */
function isShortFor(short: string, long: string): boolean {
  if (short[0] !== long[0]) return false;
  let at = 0;
  for (const letter of long) if (letter === short[at]) at += 1;
  return at === short.length;
}

/** How many letters are wrong, missing, too many or changed for their neighbour; `most` + 1 for more than `most`. */
export function slips(one: string, other: string, most: number): number {
  if (Math.abs(one.length - other.length) > most) return most + 1;
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let row = 1; row <= one.length; row += 1) {
    const next = [row];
    for (let at = 1; at <= other.length; at += 1) {
      const isSame = one[row - 1] === other[at - 1];
      let least = Math.min((last[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1, (last[at - 1] ?? 0) + (isSame ? 0 : 1));
      const isSwapped = row > 1 && at > 1 && one[row - 1] === other[at - 2] && one[row - 2] === other[at - 1];
      if (isSwapped) least = Math.min(least, (before[at - 2] ?? 0) + 1);
      next.push(least);
    }
    before = last;
    last = next;
  }
  return last[other.length] ?? most + 1;
}

/** Whether a typed word means a name: as the beginning of one of its words with a slip, or with letters left out. */
export function isNearly(typed: string, name: string): boolean {
  const wanted = folded(typed);
  if (wanted.length < LEAST_LETTERS) return false;
  const most = wanted.length >= 8 ? 2 : 1;
  const words = [name, ...name.split(/[\s_.]+/)].map(folded).filter(Boolean);
  return words.some(
    (word) =>
      isShortFor(wanted, word) ||
      [wanted.length - 1, wanted.length, wanted.length + 1].some(
        (length) => slips(wanted, word.slice(0, length), most) <= most,
      ),
  );
}

export interface Target {
  value: string;
  label: string;
}

/** The target that a key most likely means: the same name, else the one of its words, else nearly the same name. */
export function likely<T extends Target>(key: string, targets: T[]): T | null {
  const wanted = folded(key);
  if (wanted === '') return null;
  const plain = (name: string) => folded(name.replace(/__[cr]$/i, ''));
  const named = (same: (name: string) => boolean) =>
    targets.find((one) => same(plain(one.value)) || same(plain(one.label)));
  return (
    named((name) => name === wanted) ??
    named((name) => name.length >= LEAST_LETTERS && slips(wanted, name, 1) <= 1) ??
    named(
      (name) =>
        wanted.length >= LEAST_LETTERS &&
        (name.endsWith(wanted) || wanted.endsWith(name)) &&
        name.length >= LEAST_LETTERS,
    ) ??
    null
  );
}
