/** What was typed and is not in the flow yet: much of it waits until the hand rests, and some of it cannot be stored. */

const waiting = new Set<() => void>();
const refused = new Map<string, string>();

/** Says how to store what is typed at once; answers how to take that back. */
export function onFlush(store: () => void): () => void {
  waiting.add(store);
  return () => waiting.delete(store);
}

/** Stores what was typed until now. */
export function flushTyped(): void {
  for (const store of waiting) store();
}

/** Notes the field whose text cannot be stored, by its label; null when it can be again. */
export function setRefused(key: string, label: string | null): void {
  if (label === null) refused.delete(key);
  else refused.set(key, label);
}

/** The labels of the fields whose text is not stored. */
export function refusedFields(): string[] {
  return [...new Set(refused.values())];
}
