import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/client';
import { Dialog } from '../parts/Dialog';
import { ErrorText } from '../parts/ErrorText';
import { useEditor } from '../state/editor';
import { Records } from './Records';
import styles from './Stores.module.css';
import { words } from './words';

/** The Data Store: its namespaces and their records. */
export default function StoresDialog() {
  const openDialog = useEditor((state) => state.openDialog);
  const found = useQuery({ queryKey: ['namespaces'], queryFn: api.namespaces, retry: false });
  const [chosen, setChosen] = useState<string | null>(null);
  const namespaces = found.data?.namespaces ?? [];
  const shown = namespaces.find((one) => one.name === chosen) ?? namespaces[0];
  return (
    <Dialog title={words.title} onClose={() => openDialog(null)} size="wide">
      {found.isPending && <p>{words.loading}</p>}
      <ErrorText error={found.error} />
      {found.data && !shown && <p>{words.empty}</p>}
      {shown && (
        <div className={styles.stores}>
          <ul className={styles.names} aria-label={words.namespaces}>
            {namespaces.map(({ name, count }) => (
              <li key={name}>
                <button
                  type="button"
                  className={styles.name}
                  aria-pressed={name === shown.name}
                  onClick={() => setChosen(name)}
                >
                  <span>{name}</span>
                  <small>{words.records(count)}</small>
                </button>
              </li>
            ))}
          </ul>
          <Records key={shown.name} namespace={shown.name} />
        </div>
      )}
    </Dialog>
  );
}
