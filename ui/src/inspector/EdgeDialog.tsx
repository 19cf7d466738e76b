import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { api } from '../api/client';
import { exactText } from '../api/exact';
import { Dialog } from '../parts/Dialog';
import { ErrorText } from '../parts/ErrorText';
import { useEditor } from '../state/editor';
import styles from './EdgeInspector.module.css';
import { ItemTable } from './ItemTable';
import { ItemTree } from './ItemTree';
import { RejectedList } from './RejectedList';
import { words } from './words';

const MOST_COPIED = 1000;

interface Props {
  edge: string;
  tab: 'items' | 'rejected';
}

/** What went along a wire in the last run, and what was rejected at its ends. */
export default function EdgeInspector({ edge, tab }: Props) {
  const run = useEditor((state) => state.run.id) ?? '';
  const isFinished = useEditor((state) => state.run.status !== 'running');
  const title = useEditor((state) => titleOf(state, edge));
  const count = useEditor((state) => state.run.counts[edge] ?? 0);
  const instanceUrl = useEditor((state) => instanceOf(state, edge));
  const { openDialog, notify } = useEditor.getState();
  const [view, setView] = useState<'table' | 'tree'>('table');
  const [text, setText] = useState('');
  const [isSafe, setIsSafe] = useState(false);
  const search = useDeferredValue(text.trim());

  const head = useQuery({
    queryKey: ['edge', run, edge, search, 0],
    queryFn: () => api.edge(run, edge, { offset: 0, limit: 100, search }),
    enabled: isFinished,
    staleTime: Infinity,
    retry: false,
    placeholderData: (before) => before,
  });
  const rejected = useQuery({
    queryKey: ['rejectedCount', run, edge],
    queryFn: () => api.rejected(run, edge, { offset: 0, limit: 1, search: '' }),
    enabled: isFinished,
    staleTime: Infinity,
    retry: false,
  });
  const total = head.data?.total ?? count;
  const rejectedTotal = rejected.data?.total ?? 0;
  const hasRejected = rejectedTotal > 0;
  const shown = tab === 'rejected' && (hasRejected || rejected.isPending) ? 'rejected' : 'items';

  const copy = async () => {
    const page = await api.edge(run, edge, { offset: 0, limit: MOST_COPIED, search });
    await navigator.clipboard.writeText(
      exactText(
        page.rows.map((row) => row.item),
        2,
      ),
    );
    notify(page.total > MOST_COPIED ? words.copiedFirst(MOST_COPIED, page.total) : words.copied(page.total));
  };

  return (
    <Dialog title={title} onClose={() => openDialog(null)} size="wide">
      <div className={styles.tabs} role="tablist" aria-label={title}>
        {(['items', 'rejected'] as const).map((one) =>
          one === 'rejected' && !hasRejected && shown !== 'rejected' ? null : (
            <button
              key={one}
              id={`tab-${one}`}
              type="button"
              role="tab"
              aria-selected={shown === one}
              aria-controls="inspector-content"
              tabIndex={shown === one ? 0 : -1}
              onClick={() => openDialog({ kind: 'edge', edge, tab: one })}
              onKeyDown={(event) => {
                if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
                const next = one === 'items' ? 'rejected' : 'items';
                openDialog({ kind: 'edge', edge, tab: next });
                document.getElementById(`tab-${next}`)?.focus();
              }}
            >
              {one === 'items' ? words.items(count) : words.rejected(rejectedTotal)}
            </button>
          ),
        )}
      </div>
      <div id="inspector-content" role="tabpanel" aria-labelledby={`tab-${shown}`} className={styles.content}>
        {!isFinished && <p>{words.running}</p>}
        {isFinished && shown === 'items' && (
          <>
            <div className={styles.tools}>
              <input
                type="search"
                className="input"
                aria-label={words.search}
                placeholder={words.search}
                value={text}
                onChange={(event) => setText(event.target.value)}
              />
              <div className={styles.switch} role="group" aria-label="View">
                {(['table', 'tree'] as const).map((one) => (
                  <button
                    key={one}
                    type="button"
                    className="button"
                    aria-pressed={view === one}
                    onClick={() => setView(one)}
                  >
                    {words[one]}
                  </button>
                ))}
              </div>
              <button type="button" className="button" onClick={() => void copy()}>
                {words.copy}
              </button>
              <a className="button" href={api.downloadUrl(run, edge, 'json')} download>
                {words.json}
              </a>
              <a className="button" href={api.downloadUrl(run, edge, 'csv', isSafe)} download>
                {words.csv}
              </a>
              <label title={words.safeHint}>
                <input type="checkbox" checked={isSafe} onChange={(event) => setIsSafe(event.target.checked)} />{' '}
                {words.safe}
              </label>
            </div>
            <ErrorText error={head.error} />
            {head.data && total === 0 && <p className={styles.empty}>{search ? words.noMatch : words.empty}</p>}
            {head.data && total > 0 && view === 'table' && (
              <ItemTable
                key={search}
                run={run}
                edge={edge}
                search={search}
                total={total}
                keys={head.data.keys}
                instanceUrl={instanceUrl}
              />
            )}
            {head.data && total > 0 && view === 'tree' && (
              <ItemTree key={search} run={run} edge={edge} search={search} total={total} instanceUrl={instanceUrl} />
            )}
          </>
        )}
        {isFinished && shown === 'rejected' && hasRejected && (
          <RejectedList run={run} edge={edge} total={rejectedTotal} block={rejected.data?.block ?? ''} />
        )}
      </div>
    </Dialog>
  );
}

type State = ReturnType<typeof useEditor.getState>;

/** Where the records of a wire's items are: known of what a block has written, which leaves on its first output. */
function instanceOf(state: State, id: string): string | undefined {
  const edge = state.edges.find((one) => one.id === id);
  return edge?.sourceHandle === 'o0' ? state.run.blocks[edge.source]?.report?.instanceUrl : undefined;
}

function titleOf(state: State, id: string): string {
  const edge = state.edges.find((one) => one.id === id);
  const name = (block: string | undefined) => {
    const node = state.nodes.find((one) => one.id === block);
    return node?.data.friendlyName || state.descriptors[node?.data.blockType ?? '']?.name || block || '';
  };
  return words.title(name(edge?.source), name(edge?.target));
}
