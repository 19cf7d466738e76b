import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';
import { api } from '../api/client';
import type { EdgePage } from '../api/types';
import styles from './EdgeInspector.module.css';
import { JsonTree } from './JsonTree';
import { PAGE, pagesOf, usePages } from './usePages';
import { words } from './words';

interface Props {
  run: string;
  edge: string;
  search: string;
  total: number;
  instanceUrl: string | undefined;
}

/** Items as trees; as many as fit on the screen. */
export function ItemTree({ run, edge, search, total, instanceUrl }: Props) {
  const holder = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- the virtualizer is read during render only
  const virtual = useVirtualizer({
    count: total,
    getScrollElement: () => holder.current,
    estimateSize: () => 120,
    overscan: 4,
  });
  const lines = virtual.getVirtualItems();
  const pages = pagesOf(lines[0]?.index ?? 0, lines.at(-1)?.index ?? 0);
  const found = usePages<EdgePage>(['edge', run, edge, search], pages, true, (offset, limit) =>
    api.edge(run, edge, { offset, limit, search }),
  );
  return (
    <div ref={holder} className={styles.scroll} role="region" aria-label={words.tree} tabIndex={0}>
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {lines.map((line) => {
          const row = found.get(Math.floor(line.index / PAGE))?.data?.rows[line.index % PAGE];
          return (
            <div
              key={line.index}
              data-index={line.index}
              ref={virtual.measureElement}
              style={{ position: 'absolute', top: line.start, left: 0, right: 0 }}
            >
              {row ? (
                <JsonTree value={row.item} name={String(row.index)} depth={1} instanceUrl={instanceUrl} />
              ) : (
                words.loading
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}
