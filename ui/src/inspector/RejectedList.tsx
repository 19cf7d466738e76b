import { useInfiniteQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { api } from '../api/client';
import { exactText } from '../api/exact';
import type { RejectedRow } from '../api/types';
import { ErrorText } from '../parts/ErrorText';
import { Message } from '../parts/Message';
import { nameOfBlock, useEditor } from '../state/editor';
import { isUnderWay } from '../state/run';
import { startResend } from '../state/running';
import styles from './EdgeInspector.module.css';
import { EditItem } from './EditItem';
import { RejectedItem } from './RejectedItem';
import { words } from './words';

const AT_ONCE = 100;
const MOST_COPIED = 1000;

interface Props {
  run: string;
  edge: string;
  /** The block that rejected them. */
  block: string;
  total: number;
}

/** What was not written: searched, copied, taken home with its reasons, mended and sent again. */
export function RejectedList({ run, edge, block, total }: Props) {
  const name = useEditor((state) => nameOfBlock(state, block));
  const { notify } = useEditor.getState();
  const [text, setText] = useState('');
  const [isSafe, setIsSafe] = useState(false);
  const search = useDeferredValue(text.trim());
  const found = useInfiniteQuery({
    queryKey: ['rejected', run, edge, search],
    queryFn: ({ pageParam }) => api.rejected(run, edge, { offset: pageParam, limit: AT_ONCE, search }),
    initialPageParam: 0,
    getNextPageParam: (last, pages) => (pages.length * AT_ONCE < last.total ? pages.length * AT_ONCE : null),
    staleTime: Infinity,
    retry: false,
    placeholderData: (before) => before,
  });
  const rows = found.data?.pages.flatMap((page) => page.rows) ?? [];

  const copy = async () => {
    const page = await api.rejected(run, edge, { offset: 0, limit: MOST_COPIED, search });
    await navigator.clipboard.writeText(
      exactText(
        page.rows.map(({ reason, data }) => ({ reason, data })),
        2,
      ),
    );
    notify(page.total > MOST_COPIED ? words.copiedFirst(MOST_COPIED, page.total) : words.copied(page.total));
  };

  return (
    <>
      <div className={styles.tools}>
        <input
          type="search"
          className="input"
          aria-label={words.searchRejected}
          placeholder={words.searchRejected}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <button type="button" className="button" onClick={() => void copy()}>
          {words.copy}
        </button>
        <a className="button" href={api.rejectedUrl(run, edge, isSafe)} download>
          {words.csvReasons}
        </a>
        <label title={words.safeHint}>
          <input type="checkbox" checked={isSafe} onChange={(event) => setIsSafe(event.target.checked)} /> {words.safe}
        </label>
      </div>
      <div className={styles.rejected} role="region" aria-label={words.rejected(total)} tabIndex={0}>
        <p>{words.rejectedBy(name)}</p>
        <ErrorText error={found.error} />
        {found.data && rows.length === 0 && <p className={styles.empty}>{words.noMatch}</p>}
        {rows.map((row) => (
          <Rejected key={row.index} row={row} block={block} />
        ))}
        {found.hasNextPage && (
          <button
            type="button"
            className="button"
            disabled={found.isFetchingNextPage}
            onClick={() => void found.fetchNextPage()}
          >
            {words.more(AT_ONCE)}
          </button>
        )}
      </div>
    </>
  );
}

function Rejected({ row, block }: { row: RejectedRow; block: string }) {
  const isThere = useEditor((state) => state.nodes.some((node) => node.id === block));
  const isRunning = useEditor((state) => isUnderWay(state.run));
  return (
    <article className={styles.card}>
      <h3>
        {words.itemNumber(row.index + 1)} <span className={styles.outcome}>{row.outcome}</span>
      </h3>
      <ul>
        {row.errors.map((error) => (
          <li key={error.message}>
            <Message text={error.message} /> <span className={styles.outcome}>{error.code}</span>
          </li>
        ))}
      </ul>
      <RejectedItem item={row.data} />
      {isThere && !isRunning && row.data !== undefined && (
        <EditItem
          item={row.data}
          what={words.itemNumber(row.index + 1)}
          onSend={(item) => void startResend(block, [item])}
        />
      )}
    </article>
  );
}
