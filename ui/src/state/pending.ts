/** What was typed and is not in the flow yet: much of it waits until the hand rests, and some of it cannot be stored. */

const waiting = new Set<() => void>();
/** A text that is not stored, what its field has instead, and the block that it waits for. */
interface Refused {
  text: string;
  known: string;
  label: string;
  block: string | undefined;
}

const refused = new Map<string, Refused>();

/** Says how to store what is typed at once; answers how to take that back. */
export function onFlush(store: () => void): () => void {
  waiting.add(store);
  return () => waiting.delete(store);
}

/** Stores what was typed until now. */
export function flushTyped(): void {
  for (const store of waiting) store();
}

/** Notes the text of a field that cannot be stored; null when it can be again. */
export function setRefused(key: string, text: Refused | null): void {
  if (text === null) refused.delete(key);
  else refused.set(key, text);
}

/** What was typed into a field before its form was closed, if the field still has what it had then. */
export function refusedText(key: string, known: string): string | undefined {
  const found = refused.get(key);
  return found?.known === known ? found.text : undefined;
}

/** The fields whose text is not stored, in words; texts of blocks that are gone come back with these. */
export function refusedFields(blocks: { id: string; ariaLabel?: string }[]): string[] {
  const names = new Map(blocks.map(({ id, ariaLabel = id }) => [id, ariaLabel]));
  const open = [...refused.values()].filter(({ block }) => block === undefined || names.has(block));
  return [...new Set(open.map(({ label, block = '' }) => [label, names.get(block)].filter(Boolean).join(' of ')))];
}

/** Forgets what was typed for a flow that another one takes the place of. */
export function forgetRefused(): void {
  refused.clear();
}
