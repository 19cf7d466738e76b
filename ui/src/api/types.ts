/** What page and server say to each other. */
import type { Json } from './schema';
import type { BlockReport, NotWrittenGroup } from './wire';

export type * from './schema';
export type * from './wire';

/** A block's report as the page gets it: groups in place of items. Other plugins' blocks may say less. */
export type Report = Partial<Omit<BlockReport, 'counts' | 'notWritten'>> & {
  counts?: Record<string, number>;
  notWrittenGroups?: NotWrittenGroup[];
  response?: Json;
};

/** What an undo did, or would do, and what has ended it early. */
export interface Undone {
  report: BlockReport & { createdKept: number; deleted: number };
  error: string | null;
}
