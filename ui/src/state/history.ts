/** Undo and redo over immutable snapshots. Changes with the same key in a row count as one. */

export interface History<T> {
  past: T[];
  future: T[];
  lastKey: string | null;
}

const MOST_STEPS = 200;

export function emptyHistory<T>(): History<T> {
  return { past: [], future: [], lastKey: null };
}

/** Notes what was there before a change; `key` merges it with the change before, if that had the same. */
export function remember<T>(history: History<T>, before: T, key: string | null): History<T> {
  if (key !== null && key === history.lastKey) return { ...history, future: [] };
  return { past: [...history.past.slice(1 - MOST_STEPS), before], future: [], lastKey: key };
}

export function undo<T>(history: History<T>, present: T): { history: History<T>; present: T } | null {
  const before = history.past.at(-1);
  if (before === undefined) return null;
  return {
    present: before,
    history: { past: history.past.slice(0, -1), future: [present, ...history.future], lastKey: null },
  };
}

export function redo<T>(history: History<T>, present: T): { history: History<T>; present: T } | null {
  const [after, ...rest] = history.future;
  if (after === undefined) return null;
  return { present: after, history: { past: [...history.past, present], future: rest, lastKey: null } };
}

let removal = 0;
let isRemoving = false;

/** The same key for all that goes at one stroke: a block and its wires come back together. */
export function removalKey(): string {
  if (!isRemoving) {
    isRemoving = true;
    removal += 1;
    queueMicrotask(() => {
      isRemoving = false;
    });
  }
  return `remove ${removal}`;
}
