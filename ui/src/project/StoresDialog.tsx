import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/client';
import { JsonTree } from '../inspector/JsonTree';
import { Icon } from '../node/Icon';
import { useEditor } from '../state/editor';
import { Dialog } from './Dialog';
import styles from './Lists.module.css';

const PAGE = 50;

/** The Data Store: its namespaces and their records. */
export function StoresDialog() {
  const openDialog = useEditor((state) => state.openDialog);
  const found = useQuery({ queryKey: ['namespaces'], queryFn: api.namespaces, retry: false });
  const [chosen, setChosen] = useState<string | null>(null);
  const names = found.data?.namespaces ?? [];
  const shown = chosen !== null && names.includes(chosen) ? chosen : (names[0] ?? null);
  return (
    <Dialog title="Data Store" onClose={() => openDialog(null)} size="wide">
      {found.isPending && <p>Loading…</p>}
      {found.error && <p role="alert">{found.error.message}</p>}
      {found.data && names.length === 0 && (
        <p>
          The store is empty. A block whose <b>Namespace for errors</b> is set keeps the items here that were refused.
        </p>
      )}
      {shown !== null && (
        <div className={styles.stores}>
          <ul className={styles.names} aria-label="Namespaces">
            {names.map((name) => (
              <li key={name}>
                <button
                  type="button"
                  className={styles.name}
                  aria-pressed={name === shown}
                  onClick={() => setChosen(name)}
                >
                  {name}
                </button>
              </li>
            ))}
          </ul>
          <Records key={shown} namespace={shown} />
        </div>
      )}
    </Dialog>
  );
}

function Records({ namespace }: { namespace: string }) {
  const client = useQueryClient();
  const [offset, setOffset] = useState(0);
  const [search, setSearch] = useState('');
  const found = useQuery({
    queryKey: ['records', namespace, offset],
    queryFn: () => api.records(namespace, { offset, limit: PAGE }),
    retry: false,
  });
  const remove = useMutation({
    mutationFn: (key: string) => api.deleteRecord(namespace, key),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['records', namespace] });
      void client.invalidateQueries({ queryKey: ['namespaces'] });
    },
  });
  const wanted = search.trim().toLowerCase();
  const records = (found.data?.records ?? []).filter((one) =>
    `${one.key} ${JSON.stringify(one.data)}`.toLowerCase().includes(wanted),
  );
  return (
    <div className={styles.records}>
      <input
        type="search"
        className="input"
        aria-label="Search on this page of records"
        placeholder="Search on this page of records"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      {found.error && <p role="alert">{found.error.message}</p>}
      <ul className={styles.list}>
        {records.map((one) => (
          <li key={one.key} className={styles.row}>
            <div className={styles.line}>
              <b>{one.key}</b>
              <button
                type="button"
                className="icon-button"
                aria-label={`Delete ${one.key}`}
                onClick={() => remove.mutate(one.key)}
              >
                <Icon icon="trash" size={16} />
              </button>
            </div>
            <JsonTree value={one.data} depth={1} />
          </li>
        ))}
      </ul>
      <div className={styles.line}>
        <button type="button" className="button" disabled={offset === 0} onClick={() => setOffset(offset - PAGE)}>
          Earlier
        </button>
        <button
          type="button"
          className="button"
          disabled={(found.data?.records.length ?? 0) < PAGE}
          onClick={() => setOffset(offset + PAGE)}
        >
          Later
        </button>
      </div>
    </div>
  );
}
