import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useDeferredValue, useMemo, useState } from 'react';
import { api } from '../api/client';
import type { Json, JsonObject, StoredRecord } from '../api/types';
import { EditItem } from '../inspector/EditItem';
import { JsonTree } from '../inspector/JsonTree';
import { Icon } from '../parts/Icon';
import { ErrorText } from '../parts/ErrorText';
import { Message } from '../parts/Message';
import { useEditor } from '../state/editor';
import { isUnderWay } from '../state/run';
import { startReplay } from '../state/running';
import { writersOf } from './namespaceWriters';
import { ReplayBar } from './ReplayBar';
import { Question } from '../parts/Question';
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
  const nodes = useEditor((state) => state.nodes);
  const descriptors = useEditor((state) => state.descriptors);
  const writers = useMemo(() => writersOf(nodes, descriptors, namespace), [nodes, descriptors, namespace]);
  const [chosen, setChosen] = useState('');
  const block = writers.find((one) => one.id === chosen) ?? writers[0];
  const isRunning = useEditor((state) => isUnderWay(state.run));
  const send = block && !isRunning && ((items: JsonObject) => void startReplay(namespace, block.id, items));
  const records = found.data?.records ?? [];
  const count = found.data?.count ?? 0;
  const isPaged = offset > 0 || found.data?.hasMore === true;
  return (
    <section className={styles.records} aria-label={namespace}>
      {records.some((one) => one.isFailure) && (
        <ReplayBar namespace={namespace} writers={writers} block={block} onChoose={setChosen} />
      )}
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
          <Entry key={one.key} record={one} onDelete={() => remove.mutate(one.key)} onSend={send} />
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

interface EntryProps {
  record: StoredRecord;
  onDelete: () => void;
  /** Sends items, by the keys that they are kept under; none where no block can take them now. */
  onSend: ((items: JsonObject) => void) | undefined | false;
}

function Entry({ record, onDelete, onSend }: EntryProps) {
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
          {isOpen && isFailure && onSend && (
            <EditItem item={itemOf(data)} what={key} onSend={(item) => onSend({ [key]: item })} />
          )}
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

/** The item of a failure that was kept. */
function itemOf(data: Json): Json {
  return data !== null && typeof data === 'object' && !Array.isArray(data) ? (data['data'] ?? null) : null;
}

function textOf(data: Json, name: string): string {
  return data !== null && typeof data === 'object' && !Array.isArray(data) ? String(data[name] ?? '') : '';
}
