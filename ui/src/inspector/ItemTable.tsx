import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';
import { api } from '../api/client';
import { exactText } from '../api/exact';
import type { EdgePage, Json } from '../api/types';
import { RecordLink } from '../report/RecordLink';
import { isIdKey } from '../report/recordUrl';
import styles from './EdgeInspector.module.css';
import { isObject } from './isObject';
import { itemWords } from './itemWords';
import { PAGE, pagesOf, usePages } from './usePages';
import { words } from './words';

const ROW_PX = 32;
const MOST_COLUMNS = 500;
const ITEM = 'item';

interface Props {
  run: string;
  edge: string;
  search: string;
  total: number;
  keys: string[];
  instanceUrl: string | undefined;
}

/** Items as a table of any length: only the rows in view are in the page, and only their pages are fetched. */
export function ItemTable({ run, edge, search, total, keys, instanceUrl }: Props) {
  const holder = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- the virtualizer is read during render only
  const virtual = useVirtualizer({
    count: total,
    getScrollElement: () => holder.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
  });
  const lines = virtual.getVirtualItems();
  const first = lines[0];
  const last = lines.at(-1);
  const pages = pagesOf(first?.index ?? 0, last?.index ?? 0);
  const found = usePages<EdgePage>(['edge', run, edge, search], pages, true, (offset, limit) =>
    api.edge(run, edge, { offset, limit, search }),
  );
  const columns = keys.length > 0 ? keys.slice(0, MOST_COLUMNS) : [ITEM];
  return (
    <div ref={holder} className={styles.scroll} role="region" aria-label={words.table} tabIndex={0}>
      <table className={styles.table} aria-rowcount={total + 1}>
        <thead>
          <tr>
            <th scope="col">{words.row}</th>
            {columns.map((key) => (
              <th key={key} scope="col">
                {key}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {first && first.start > 0 && <Gap height={first.start} />}
          {lines.map((line) => {
            const row = found.get(Math.floor(line.index / PAGE))?.data?.rows[line.index % PAGE];
            return (
              <tr key={line.index} aria-rowindex={line.index + 2} style={{ height: ROW_PX }}>
                <th scope="row">{row ? row.index + 1 : '…'}</th>
                {row && keys.length > 0 && !isObject(row.item) ? (
                  <td colSpan={columns.length}>{itemWords.noObject(exactText(row.item))}</td>
                ) : (
                  columns.map((key) => (
                    <td key={key}>
                      {row && isIdKey(key) && <RecordLink id={cell(row.item, key)} instanceUrl={instanceUrl} />}
                      {row && !isIdKey(key) && cell(row.item, key)}
                    </td>
                  ))
                )}
              </tr>
            );
          })}
          {last && virtual.getTotalSize() > last.end && <Gap height={virtual.getTotalSize() - last.end} />}
        </tbody>
      </table>
    </div>
  );
}

function Gap({ height }: { height: number }) {
  return <tr aria-hidden style={{ height }} />;
}

function cell(item: Json, key: string): string {
  const value = isObject(item) ? item[key] : key === ITEM ? item : undefined;
  if (value === undefined) return '';
  return typeof value === 'string' ? value : exactText(value);
}
