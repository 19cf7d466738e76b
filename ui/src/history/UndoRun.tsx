import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/client';
import type { Report } from '../api/types';
import { ErrorText } from '../parts/ErrorText';
import { Changes } from '../panel/Changes';
import styles from './RunsDialog.module.css';
import { words } from './words';

/** Takes a run back: first shows what that would do, then does it. */
export function UndoRun({ run }: { run: string }) {
  const queries = useQueryClient();
  const [deletes, setDeletes] = useState(false);
  const look = useMutation({
    mutationFn: (created: boolean) => api.undo(run, { dryRun: true, deleteCreated: created }),
  });
  const undo = useMutation({
    mutationFn: () => api.undo(run, { dryRun: false, deleteCreated: deletes }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['history'] }),
  });
  const shown = undo.data ?? look.data;
  const made = look.data ? (look.data.report.createdKept ?? 0) + look.data.report.counts.wouldDelete : 0;
  return (
    <div className={styles.undo}>
      {!look.data && (
        <button type="button" className="button" disabled={look.isPending} onClick={() => look.mutate(false)}>
          {words.undo}
        </button>
      )}
      <ErrorText error={look.error ?? undo.error} />
      {shown && (
        <p role="status">
          <b>{undo.data ? words.undone : words.wouldUndo}</b> {shown.report.verdict.sentence}
          {shown.error && ` ${shown.error}`}
        </p>
      )}
      {shown && shown.report.notWritten.length > 0 && (
        <ul>
          {shown.report.notWritten.slice(0, MOST).map((line) => (
            <li key={line.index}>{line.errors.map((error) => error.message).join(' ')}</li>
          ))}
          {shown.report.notWritten.length > MOST && <li>{words.more(shown.report.notWritten.length - MOST)}</li>}
        </ul>
      )}
      {look.data && !undo.data && (
        <>
          <Changes report={{ ...look.data.report, notWritten: undefined } as Report} />
          {made > 0 && (
            <label>
              <input
                type="checkbox"
                checked={deletes}
                onChange={(event) => {
                  setDeletes(event.target.checked);
                  look.mutate(event.target.checked);
                }}
              />{' '}
              {words.deleteCreated(made)}
            </label>
          )}
          <button
            type="button"
            className="button primary"
            disabled={undo.isPending || look.isPending}
            onClick={() => undo.mutate()}
          >
            {words.undoNow}
          </button>
        </>
      )}
    </div>
  );
}

const MOST = 20;
