import type { Report } from '../api/types';

/** Whether what came to the blocks of a run was written: a run that ended well may have written nothing. */
export interface Verdict {
  state: 'complete' | 'partial' | 'nothing';
  /** What the blocks say that have not written everything, each with its id. */
  sentences: string[];
}

/** Of all blocks together: the run is as good as the worst of them. A report from before there were verdicts counts not. */
export function verdictOf(reports: [string, Report][]): Verdict {
  const short = reports.flatMap(([id, { verdict }]) =>
    verdict && verdict.state !== 'complete' ? [{ id, ...verdict }] : [],
  );
  const isNothing = short.some(({ state }) => state === 'nothing');
  return {
    state: isNothing ? 'nothing' : short.length > 0 ? 'partial' : 'complete',
    sentences: short.map(({ id, sentence }) => `${id}: ${sentence}`),
  };
}
