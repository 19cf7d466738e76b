import { Panel } from '@xyflow/react';
import { useEditor } from '../state/editor';
import type { RunKind } from '../state/run';
import styles from './FlowProblems.module.css';

const LABELS: Record<Exclude<RunKind, 'run'>, string> = {
  preview: 'Preview: what a run would do. Nothing was written.',
  replay: 'Failed items were sent again: the counts are of these alone.',
  partial: 'A part of the flow was run: it ended before a block.',
};

/** Says what stands on the canvas when it is not the result of an ordinary run. */
export function RunLabel() {
  const kind = useEditor((state) => (state.run.id === null ? 'run' : state.run.kind));
  if (kind === 'run') return null;
  return (
    <Panel position="top-center" className={styles.label ?? ''}>
      {LABELS[kind]}
    </Panel>
  );
}
