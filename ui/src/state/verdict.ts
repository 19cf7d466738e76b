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

const COUNTED = ['invalid', 'failed', 'unprocessed', 'unknown'] as const;

/** What became of the items of a block, in numbers: `2 received: 0 written, 1 invalid, 1 failed`. */
export function countsOf({ counts, dryRun }: Report): string {
  if (!counts) return '';
  const number = (name: string) => (counts as Record<string, number | undefined>)[name] ?? 0;
  const done = dryRun
    ? [`${number('wouldCreate')} would be created`, `${number('wouldUpdate')} would be updated`]
    : [`${number('written')} written`];
  const rest = COUNTED.filter((name) => number(name) > 0).map((name) => `${number(name)} ${name}`);
  return `${number('received')} received: ${[...done, ...rest].join(', ')}`;
}

/** How a run or a block did, in a few words, beside what says whether it ran to its end. */
export function wordsOf(state: Verdict['state'], isPreview: boolean): string {
  if (isPreview) return { complete: 'preview, no problem found', partial: 'preview, with problems', nothing: 'preview, nothing would be written' }[state]; // prettier-ignore
  return { complete: 'everything was written', partial: 'not everything was written', nothing: 'nothing was written' }[
    state
  ];
}

/** The sign of a verdict; its words stand beside it, or are its name. */
export const SIGN: Record<Verdict['state'], string> = { complete: '✓', partial: '!', nothing: '✕' };
