import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/client';
import type { FlowInfo } from '../api/types';
import { Icon } from '../parts/Icon';
import { Dialog } from '../parts/Dialog';
import { ErrorText } from '../parts/ErrorText';
import { Question } from '../parts/Question';
import { useEditor } from '../state/editor';
import { deleteFlow, newFlow, openFlow, renameFlow } from '../state/session';
import styles from './FlowsDialog.module.css';
import { words } from './words';

/** The project's flows: opened, renamed, deleted. */
export default function FlowsDialog() {
  const openDialog = useEditor((state) => state.openDialog);
  const found = useQuery({ queryKey: ['flows'], queryFn: api.flows, retry: false, gcTime: 0 });
  const create = useMutation({ mutationFn: newFlow, onSuccess: () => openDialog(null) });
  return (
    <Dialog title={words.title} onClose={() => openDialog(null)} size="medium">
      {found.isPending && <p>{words.loading}</p>}
      <ErrorText error={found.error} />
      {found.data?.flows.length === 0 && <p>{words.none}</p>}
      <ul className={styles.list} aria-label={words.title}>
        {found.data?.flows.map((one) => (
          <FlowRow key={one.name} flow={one} />
        ))}
      </ul>
      {/* With the list, not before it: a button that moves under the pointer is not pressed. */}
      {!found.isPending && (
        <div className={styles.line}>
          <button type="button" className="button primary" onClick={() => create.mutate()}>
            <Icon icon="plus" size={16} /> {words.create}
          </button>
        </div>
      )}
      <ErrorText error={create.error} />
    </Dialog>
  );
}

function FlowRow({ flow }: { flow: FlowInfo }) {
  const { name } = flow;
  const isOpen = useEditor((state) => state.file === name);
  const client = useQueryClient();
  const { openDialog, notify } = useEditor.getState();
  const [newName, setNewName] = useState<string | null>(null);
  const [isAsking, setIsAsking] = useState(false);
  const listAgain = () => void client.invalidateQueries({ queryKey: ['flows'] });
  const open = useMutation({ mutationFn: () => openFlow(name), onSuccess: () => openDialog(null) });
  const rename = useMutation({
    mutationFn: (to: string) => renameFlow(name, to),
    onSuccess: (_, to) => {
      setNewName(null);
      notify(words.renamed(name, to));
      listAgain();
    },
  });
  const remove = useMutation({
    mutationFn: () => deleteFlow(name),
    onSuccess: () => {
      notify(words.deleted(name));
      listAgain();
    },
  });
  const error = open.error ?? rename.error ?? remove.error;
  return (
    <li className={styles.row}>
      <div className={styles.line}>
        <span className={styles.grow}>
          <b>{name}</b> {isOpen && <span className={styles.badge}>{words.isOpen}</span>}
          <small className={styles.soft}>
            {words.changed(
              new Date(flow.changedAt).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' }),
            )}
          </small>
        </span>
        {!isOpen && (
          <button type="button" className="button" aria-label={words.openOne(name)} onClick={() => open.mutate()}>
            {words.open}
          </button>
        )}
        <button
          type="button"
          className="button"
          aria-label={words.renameOne(name)}
          onClick={() => setNewName(newName === null ? name : null)}
        >
          {words.rename}
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label={words.deleteOne(name)}
          onClick={() => setIsAsking(true)}
        >
          <Icon icon="trash" size={16} />
        </button>
      </div>
      {newName !== null && (
        <form
          className={styles.line}
          onSubmit={(event) => {
            event.preventDefault();
            const to = newName.trim();
            if (to === '' || to === name) setNewName(null);
            else rename.mutate(to);
          }}
        >
          <input
            className={`input ${styles.grow ?? ''}`}
            aria-label={words.newName(name)}
            spellCheck={false}
            value={newName}
            ref={focusOnce}
            onChange={(event) => setNewName(event.target.value)}
          />
          <button type="submit" className="button primary" disabled={rename.isPending}>
            {words.save}
          </button>
          <button type="button" className="button" onClick={() => setNewName(null)}>
            {words.cancel}
          </button>
        </form>
      )}
      {isAsking && (
        <Question
          isGrave
          yes={words.delete}
          no={words.cancel}
          onYes={() => remove.mutate()}
          onNo={() => setIsAsking(false)}
        >
          {words.ask(name)}
        </Question>
      )}
      <ErrorText error={error} />
    </li>
  );
}

/** The field opens because it was asked for. */
function focusOnce(input: HTMLInputElement | null): void {
  input?.focus();
}
