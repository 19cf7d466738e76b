import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/client';
import type { ConnectionInfo } from '../api/types';
import { Icon } from '../parts/Icon';
import { Dialog } from '../parts/Dialog';
import { ErrorText } from '../parts/ErrorText';
import { Question } from '../parts/Question';
import { useEditor } from '../state/editor';
import { recheck } from '../state/session';
import { ConnectionForm } from './ConnectionForm';
import styles from './Connections.module.css';
import { SecretsList } from './SecretsList';
import { TestResult } from './TestResult';
import { words } from './words';

type View = { kind: 'connections' } | { kind: 'secrets' } | { kind: 'form'; name: string | null };

/** The project's connections and secrets: seen, tried, added, changed, deleted. */
export default function ConnectionsDialog() {
  const openDialog = useEditor((state) => state.openDialog);
  const found = useQuery({ queryKey: ['connections'], queryFn: api.connections, retry: false });
  const [view, setView] = useState<View>({ kind: 'connections' });
  const [isDirty, setIsDirty] = useState(false);
  const [isAsking, setIsAsking] = useState(false);
  const back = () => {
    setView({ kind: 'connections' });
    setIsDirty(false);
    setIsAsking(false);
  };
  const close = () => {
    if (view.kind === 'form' && isDirty) setIsAsking(true);
    else if (view.kind === 'form') back();
    else openDialog(null);
  };
  const title = view.kind === 'form' ? (view.name === null ? words.add : words.edit(view.name)) : words.title;
  return (
    <Dialog title={title} onClose={close} size="medium">
      {view.kind !== 'form' && (
        <div className={styles.tabs} role="tablist" aria-label={words.title}>
          {(['connections', 'secrets'] as const).map((one) => (
            <button
              key={one}
              id={`tab-${one}`}
              type="button"
              role="tab"
              aria-selected={view.kind === one}
              aria-controls="connections-content"
              tabIndex={view.kind === one ? 0 : -1}
              onClick={() => setView({ kind: one })}
              onKeyDown={(event) => {
                if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
                const other = one === 'connections' ? 'secrets' : 'connections';
                setView({ kind: other });
                document.getElementById(`tab-${other}`)?.focus();
              }}
            >
              {words[one]}
            </button>
          ))}
        </div>
      )}
      {isAsking && (
        <Question yes={words.discard} no={words.goOn} onYes={back} onNo={() => setIsAsking(false)}>
          {words.discardTitle}
        </Question>
      )}
      <div
        id="connections-content"
        className={styles.rows}
        {...(view.kind === 'form' ? {} : { role: 'tabpanel', 'aria-labelledby': `tab-${view.kind}` })}
      >
        {view.kind === 'secrets' && <SecretsList />}
        {view.kind !== 'secrets' && found.isPending && <p>{words.loading}</p>}
        {view.kind !== 'secrets' && <ErrorText error={found.error} />}
        {view.kind === 'connections' && found.data && (
          <>
            {found.data.connections.length === 0 && <p>{words.none}</p>}
            <ul className={styles.list} aria-label={words.connections}>
              {found.data.connections.map((one) => (
                <ConnectionRow
                  key={one.name}
                  connection={one}
                  onEdit={() => setView({ kind: 'form', name: one.name })}
                />
              ))}
            </ul>
            <div className={styles.actions}>
              <button type="button" className="button primary" onClick={() => setView({ kind: 'form', name: null })}>
                <Icon icon="plus" size={16} /> {words.add}
              </button>
            </div>
          </>
        )}
        {view.kind === 'form' && found.data && (
          <ConnectionForm
            connection={found.data.connections.find((one) => one.name === view.name) ?? null}
            types={found.data.types}
            onDirty={() => setIsDirty(true)}
            onDone={back}
          />
        )}
      </div>
    </Dialog>
  );
}

function ConnectionRow({ connection, onEdit }: { connection: ConnectionInfo; onEdit: () => void }) {
  const { name, isEditable, usedBy, modes } = connection;
  const client = useQueryClient();
  const mode = useEditor((state) => state.mode);
  const notify = useEditor((state) => state.notify);
  const [isAsking, setIsAsking] = useState(false);
  const test = useMutation({ mutationFn: () => api.testConnection(name, mode) });
  const remove = useMutation({
    mutationFn: () => api.deleteConnection(name),
    onSuccess: () => {
      for (const key of ['connections', 'choices']) void client.invalidateQueries({ queryKey: [key] });
      recheck();
      notify(words.deleted(name));
    },
  });
  return (
    <li className={styles.row}>
      <div className={styles.line}>
        <span className={styles.grow}>
          <b>{name}</b> <span className={styles.soft}>{connection.type}</span>
          <small className={styles.fine}>
            {modes.map((one) => words.modes[one]).join(', ')} · {usedBy.length > 0 ? words.used(usedBy) : words.unused}
          </small>
        </span>
        <button
          type="button"
          className="button"
          aria-label={test.isPending ? words.testingOne(name) : words.testOne(name)}
          disabled={test.isPending}
          onClick={() => test.mutate()}
        >
          {test.isPending ? words.testing : words.test}
        </button>
        {isEditable ? (
          <>
            <button type="button" className="button" aria-label={words.editOne(name)} onClick={onEdit}>
              {words.editButton}
            </button>
            <button
              type="button"
              className="icon-button"
              aria-label={words.deleteOne(name)}
              onClick={() => setIsAsking(true)}
            >
              <Icon icon="trash" size={16} />
            </button>
          </>
        ) : (
          <span className={styles.badge}>{words.brought}</span>
        )}
      </div>
      {isAsking && (
        <Question
          isGrave
          yes={words.deleteOne(name)}
          no={words.cancel}
          onYes={() => remove.mutate()}
          onNo={() => setIsAsking(false)}
        >
          <b>{words.deleteTitle(name)}</b> {usedBy.length > 0 ? words.deleteUsed(usedBy) : words.deleteUnused}
        </Question>
      )}
      <ErrorText error={remove.error} />
      <TestResult report={test.data} error={test.error} />
    </li>
  );
}
