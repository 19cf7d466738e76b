import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { api } from '../api/client';
import type { Json, StoredRecord } from '../api/types';
import { JsonTree } from '../inspector/JsonTree';
import { Icon } from '../node/Icon';
import { ErrorText } from '../project/ErrorText';
import { Message } from '../project/Inlines';
import { ReplayBar } from './ReplayBar';
import { Question } from '../project/Question';
import styles from './Stores.module.css';
import { words } from './words';

const PAGE = 50;

/** The records of a namespace: searched, opened, deleted, sent again. */
export function Records({ namespace }: { namespace: string }) {
  const client = useQueryClient();
  const [offset, setOffset] = useState(0);
  const [text, setText] = useState('');
  const [isAsking, setIsAsking] = useState(false);
  const search = useDeferredValue(text.trim());
  const found = useQuery({
    queryKey: ['records', namespace, search, offset],
    queryFn: () => api.records(namespace, { offset, limit: PAGE, search }),
    retry: false,
    placeholderData: (before) => before,
  });
  const remove = useMutation({
    mutationFn: (key: string | null) => api.deleteRecords(namespace, key),
    onSuccess: () => {
      for (const name of ['records', 'namespaces', 'choices']) void client.invalidateQueries({ queryKey: [name] });
    },
  });
  const records = found.data?.records ?? [];
  const count = found.data?.count ?? 0;
  const isPaged = offset > 0 || found.data?.hasMore === true;
  return (
    <section className={styles.records} aria-label={namespace}>
      {records.some((one) => one.isFailure) && <ReplayBar namespace={namespace} />}
      <div className={styles.line}>
        <input
          type="search"
          className={`input ${styles.search ?? ''}`}
          aria-label={words.search}
          placeholder={words.search}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setOffset(0);
          }}
        />
        <button type="button" className="button" onClick={() => setIsAsking(true)}>
          <Icon icon="trash" size={15} /> {words.deleteNamespace}
        </button>
      </div>
      {isAsking && (
        <Ask
          question={words.askNamespace(namespace, words.records(count))}
          onDelete={() => remove.mutate(null)}
          onCancel={() => setIsAsking(false)}
        />
      )}
      <ErrorText error={found.error ?? remove.error} />
      {found.data && records.length === 0 && <p>{words.noMatch(search)}</p>}
      <ul className={styles.list} aria-label={words.records(count)}>
        {records.map((one) => (
          <Entry key={one.key} record={one} onDelete={() => remove.mutate(one.key)} />
        ))}
      </ul>
      {isPaged && (
        <div className={styles.line}>
          <button type="button" className="button" disabled={offset === 0} onClick={() => setOffset(offset - PAGE)}>
            {words.earlier}
          </button>
          <span className={styles.soft}>{words.from(offset + 1, offset + records.length)}</span>
          <button
            type="button"
            className="button"
            disabled={!found.data?.hasMore}
            onClick={() => setOffset(offset + PAGE)}
          >
            {words.later}
          </button>
        </div>
      )}
    </section>
  );
}

function Entry({ record, onDelete }: { record: StoredRecord; onDelete: () => void }) {
  const [isOpen, setIsOpen] = useState(false);
  const [isAsking, setIsAsking] = useState(false);
  const { key, data, isFailure } = record;
  return (
    <li className={styles.row}>
      <div className={styles.line}>
        <details className={styles.entry} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
          <summary>
            <b>{key}</b>
            {isFailure && (
              <span className={styles.reason}>
                <Message text={textOf(data, 'reason')} />
              </span>
            )}
          </summary>
          {isOpen && <JsonTree value={data} depth={isFailure ? 0 : 1} />}
        </details>
        <button
          type="button"
          className="icon-button"
          aria-label={words.deleteRecord(key)}
          onClick={() => setIsAsking(true)}
        >
          <Icon icon="trash" size={16} />
        </button>
      </div>
      {isAsking && <Ask question={words.askRecord(key)} onDelete={onDelete} onCancel={() => setIsAsking(false)} />}
    </li>
  );
}

interface AskProps {
  question: string;
  onDelete: () => void;
  onCancel: () => void;
}

function Ask({ question, onDelete, onCancel }: AskProps) {
  return (
    <Question isGrave yes={words.delete} no={words.cancel} onYes={onDelete} onNo={onCancel}>
      {question}
    </Question>
  );
}

function textOf(data: Json, name: string): string {
  return data !== null && typeof data === 'object' && !Array.isArray(data) ? String(data[name] ?? '') : '';
}
