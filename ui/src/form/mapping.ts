import type { Choice, EdgeKey, JsonObject } from '../api/types';
import { likely } from './fuzzy';

/** Pairs of an edge's keys and what they become, however the settings store them. */

export interface Pair {
  key: string;
  /** Null where the key is left out. */
  target: string | null;
}

export interface Line {
  key: string;
  /** Undefined where nothing is said of the key. */
  target: string | null | undefined;
  /** What a key that keeps its name is called. */
  same: string | null;
}

/** What is stored, pair by pair; `byTarget` is stored as `{target: key}`. */
export function pairsOf(stored: JsonObject, byTarget: boolean): Pair[] {
  return Object.entries(stored).map(([name, value]) =>
    byTarget ? { key: String(value), target: name } : { key: name, target: value === null ? null : String(value) },
  );
}

/** One line for each key of the edge, and for each that is mapped and not on it. */
export function linesOf(pairs: Pair[], keys: EdgeKey[], targets: Choice[]): Line[] {
  const named = new Map(targets.map((one) => [one.value.toLowerCase(), one]));
  const isOf = (pair: Pair, key: string) => pair.key.toLowerCase() === key.toLowerCase();
  const onEdge = keys.flatMap(({ key }): Line[] => {
    const own = pairs.filter((pair) => isOf(pair, key));
    if (own.length > 0) return own.map(({ target }) => ({ key, target, same: null }));
    return [{ key, target: undefined, same: named.get(key.toLowerCase())?.label ?? null }];
  });
  const others = pairs.filter((pair) => !keys.some(({ key }) => isOf(pair, key)));
  return [...onEdge, ...others.map(({ key, target }) => ({ key, target, same: null }))];
}

/** For each key of which nothing is said, and that has no namesake, what it most likely becomes; each target once. */
export function proposalsFor(
  lines: Line[],
  targets: Choice[],
  byTarget: boolean,
): Map<string, { value: string; label: string }> {
  const found = new Map<string, { value: string; label: string }>();
  const taken = new Set(lines.flatMap(({ key, target, same }) => (target ? [target] : same ? [key] : [])).map(lower));
  for (const { key, target, same } of lines) {
    if (target !== undefined || same !== null) continue;
    const free = targets.filter((one) => !taken.has(lower(one.value)));
    const best = likely(key, free) ?? (byTarget && targets.length === 0 ? { value: key, label: key } : null);
    if (!best) continue;
    taken.add(lower(best.value));
    found.set(key, { value: best.value, label: best.label });
  }
  return found;
}

/** The required targets that no key becomes. */
export function openTargets(lines: Line[], targets: Choice[]): Choice[] {
  const filled = new Set(lines.flatMap(({ key, target, same }) => (target ? [target] : same ? [key] : [])).map(lower));
  return targets.filter((one) => one.required && !filled.has(lower(one.value)));
}

interface Change {
  key: string;
  /** Undefined says nothing of the key any more, null leaves it out. */
  to: string | null | undefined;
  /** What it became before. */
  before?: string | null | undefined;
}

/** The stored pairs after a change, in their order. */
export function change(stored: JsonObject, { key, to, before }: Change, byTarget: boolean): JsonObject {
  const [name, value] = byTarget ? [to ?? '', key] : [key, to ?? null];
  const old = byTarget ? (before ?? '') : (Object.keys(stored).find((one) => lower(one) === lower(key)) ?? key);
  const isGone = to === undefined || (byTarget && to === null);
  const entries = Object.entries(stored);
  const at = entries.findIndex(([one]) => one === old);
  const next = isGone ? [] : ([[name, value]] as typeof entries);
  if (at < 0) return Object.fromEntries([...entries, ...next]);
  return Object.fromEntries([...entries.slice(0, at), ...next, ...entries.slice(at + 1)]);
}

function lower(text: string): string {
  return text.toLowerCase();
}
