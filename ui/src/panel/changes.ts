import type { Json, Report } from '../api/types';

/** What a preview found would change, field by field, as far as the report says it. */

export interface Change {
  index: number;
  id: string | null;
  action: 'update' | 'create' | 'delete' | 'unchanged';
  fields: Record<string, { before: Json; after: Json }>;
}

export interface Told {
  changes: Change[];
  /** How many more there are than are listed. */
  notShown: number;
  unchanged: number;
  calls: number | null;
  left: number | null;
}

/** Reports of before, and of other blocks, say nothing of it. */
export function changesOf(report: Report): Told {
  const { changes, changesNotShown, unchanged, callEstimate } = report as Report & {
    changes?: Change[];
    changesNotShown?: number;
    unchanged?: number;
    callEstimate?: { calls: number; left: number | null };
  };
  return {
    changes: Array.isArray(changes) ? changes : [],
    notShown: changesNotShown ?? 0,
    unchanged: typeof unchanged === 'number' ? unchanged : 0,
    calls: callEstimate?.calls ?? null,
    left: callEstimate?.left ?? null,
  };
}
