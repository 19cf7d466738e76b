import { useMutation, useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import type { ConnectionInfo } from '../api/types';
import { useEditor } from '../state/editor';
import { Dialog } from './Dialog';
import styles from './Lists.module.css';

/** The project's connections; each can be tried. */
export function ConnectionsDialog() {
  const openDialog = useEditor((state) => state.openDialog);
  const found = useQuery({ queryKey: ['connections'], queryFn: api.connections, retry: false });
  return (
    <Dialog title="Connections" onClose={() => openDialog(null)}>
      {found.isPending && <p>Loading…</p>}
      {found.error && <p role="alert">{found.error.message}</p>}
      {found.data?.connections.length === 0 && (
        <p>
          There is no connection yet. Add one to <code>connections.yaml</code> in the project folder, then start the
          studio again.
        </p>
      )}
      <ul className={styles.list}>
        {found.data?.connections.map((one) => (
          <ConnectionRow key={one.name} connection={one} />
        ))}
      </ul>
    </Dialog>
  );
}

function ConnectionRow({ connection }: { connection: ConnectionInfo }) {
  const mode = useEditor((state) => state.mode);
  const test = useMutation({ mutationFn: () => api.testConnection(connection.name, mode) });
  return (
    <li className={styles.row}>
      <div className={styles.line}>
        <span>
          <b>{connection.name}</b> <span className={styles.soft}>{connection.type}</span>
        </span>
        <span className={styles.soft}>{connection.modes.map((one) => MODES[one]).join(', ')}</span>
        <button
          type="button"
          className="button"
          aria-label={`${test.isPending ? 'Testing…' : 'Test'} ${connection.name}`}
          disabled={test.isPending}
          onClick={() => test.mutate()}
        >
          {test.isPending ? 'Testing…' : 'Test'}
        </button>
      </div>
      <div role="status">
        {test.error && <p className={styles.bad}>{test.error.message}</p>}
        {test.data && (
          <>
            <p className={test.data.ok ? styles.good : styles.bad}>
              {test.data.ok ? '✓ ' : '✕ '}
              {test.data.message}
            </p>
            {test.data.warnings.map((one) => (
              <p key={one} className={styles.warning}>
                {one}
              </p>
            ))}
            <dl className={styles.facts}>
              {Object.entries(test.data.facts).map(([name, value]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{String(value)}</dd>
                </div>
              ))}
            </dl>
          </>
        )}
      </div>
    </li>
  );
}

const MODES = { DEV: 'Development', PROD: 'Production' };
