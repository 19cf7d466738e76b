import { nameOfBlock, useEditor } from '../state/editor';
import { verdictOfRun } from '../state/run';
import { wordsOf } from '../state/verdict';

/** Says to a screen reader how the run goes. */
export function Announcer() {
  const text = useEditor((state) => {
    const { run } = state;
    if (run.status === 'idle') return '';
    if (run.status === 'starting') return 'The flow is about to run';
    if (run.status === 'running') return 'The flow is running';
    const counts = state.edges.map((edge) => run.counts[edge.id] ?? 0).join(', ');
    const verdict = verdictOfRun(run, (block) => nameOfBlock(state, block));
    const short = verdict.sentences.map((sentence) => ` ${sentence}.`).join('');
    const judged = run.status === 'ok' ? `: ${wordsOf(verdict.state, run.kind === 'preview')}` : `: ${run.status}`;
    return `Run ended${judged}.${short} ${run.error ?? `Records on the wires: ${counts}`}`;
  });
  return (
    <div className="visually-hidden" role="status" aria-live="polite" data-testid="run-status">
      {text}
    </div>
  );
}
