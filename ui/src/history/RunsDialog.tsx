import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/client';
import type { PastRun } from '../api/types';
import { ReportBar } from '../report/ReportBar';
import { Dialog } from '../parts/Dialog';
import { ErrorText } from '../parts/ErrorText';
import { nameOfBlock, useEditor } from '../state/editor';
import { kindOf, reportsOf } from '../state/past';
import { showLiveRun, showPastRun } from '../state/running';
import { SIGN, verdictOf, wordsOf } from '../state/verdict';
import styles from './RunsDialog.module.css';
import { UndoRun } from './UndoRun';
import { words } from './words';

const PAGE = 20;

/** The last runs of the open flow: how each ended, and one of them back on the canvas. */
export default function RunsDialog() {
  const openDialog = useEditor((state) => state.openDialog);
  const flow = useEditor((state) => state.meta.name);
  const [offset, setOffset] = useState(0);
  const found = useQuery({
    queryKey: ['history', flow, offset],
    queryFn: () => api.history(flow, { offset, limit: PAGE + 1 }),
    retry: false,
    gcTime: 0,
    placeholderData: keepPreviousData,
  });
  const runs = found.data?.runs ?? [];
  return (
    <Dialog title={words.titleOf(flow)} onClose={() => openDialog(null)} size="medium">
      {found.isPending && <p>{words.loading}</p>}
      <ErrorText error={found.error} />
      {found.data && runs.length === 0 && <p>{words.none}</p>}
      <ol className={styles.list} aria-label={words.title}>
        {runs.slice(0, PAGE).map((run) => (
          <RunRow key={run.id} run={run} />
        ))}
      </ol>
      {(offset > 0 || runs.length > PAGE) && (
        <div className={styles.line}>
          <button type="button" className="button" disabled={offset === 0} onClick={() => setOffset(offset - PAGE)}>
            {words.later}
          </button>
          <button
            type="button"
            className="button"
            disabled={runs.length <= PAGE}
            onClick={() => setOffset(offset + PAGE)}
          >
            {words.earlier}
          </button>
        </div>
      )}
    </Dialog>
  );
}

function RunRow({ run }: { run: PastRun }) {
  const nameOf = (block: string) => nameOfBlock(useEditor.getState(), block);
  const shownId = useEditor((state) => state.run.id);
  const when = new Date(run.started_at).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
  const reports = reportsOf(run);
  const { state } = verdictOf(reports);
  const kind = kindOf(run);
  const isPreview = kind === 'preview';
  const live = useQuery({
    queryKey: ['live', run.id],
    queryFn: () => api.run(run.id).catch(() => null),
    enabled: run.status === 'running',
    gcTime: 0,
  }).data;
  const isLive = live?.isFinished === false;
  const tone =
    run.status !== 'ok' || state === 'nothing' ? styles.bad : state === 'partial' ? styles.warn : styles.good;
  const message = run.error?.['message'];
  return (
    <li className={styles.row}>
      <div className={styles.line}>
        <span className={styles.grow}>
          <b>{when}</b> {kind !== 'run' && <span className={styles.badge}>{words.kinds[kind]}</span>}{' '}
          {run.mode === 'PROD' && <span className={styles.production}>{words.production}</span>}
          {run.status === 'ok' && reports.length > 0 && (
            <b className={`${tone ?? ''} ${styles.sign ?? ''}`} aria-hidden>
              {SIGN[state]}
            </b>
          )}
          <small className={tone}>
            {isLive ? words.live : (words.status[run.status] ?? run.status)}
            {run.ms === null ? '' : ` in ${run.ms.toLocaleString('en')} ms`}
            {run.status === 'ok' && state !== 'complete' && `: ${wordsOf(state, isPreview)}`}
          </small>
        </span>
        {run.id === shownId ? (
          <span className={styles.badge}>{words.shown}</span>
        ) : (
          <button
            type="button"
            className="button"
            aria-label={words.showOne(when)}
            onClick={() => {
              if (isLive) showLiveRun(live);
              else showPastRun(run);
              useEditor.getState().openDialog(null);
            }}
          >
            {words.show}
          </button>
        )}
      </div>
      {run.undoable && <UndoRun run={run.id} />}
      {typeof message === 'string' && <p className={styles.message}>{message}</p>}
      {reports.map(([block, report]) => (
        <div key={block}>
          {reports.length > 1 && <small>{nameOf(block)}</small>}
          <ReportBar report={report} isSmall />
        </div>
      ))}
    </li>
  );
}
