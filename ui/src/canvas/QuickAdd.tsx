import { useMemo, useState, type KeyboardEvent } from 'react';
import { Icon } from '../parts/Icon';
import { useEditor, type WireStart } from '../state/editor';
import { readableHeader } from '../theme/color';
import styles from './QuickAdd.module.css';
import { words } from './words';

export interface Wish {
  /** Where on the page, and where on the canvas. */
  screen: { x: number; y: number };
  at: { x: number; y: number };
  from: WireStart;
}

function focusOnce(input: HTMLInputElement | null): void {
  input?.focus();
}

/** The palette at the end of a wire that was dropped on the canvas: what is chosen stands there, and is wired. */
export default function QuickAdd({ wish, onClose }: { wish: Wish; onClose: () => void }) {
  const descriptors = useEditor((state) => state.descriptors);
  const addBlock = useEditor((state) => state.addBlock);
  const [query, setQuery] = useState('');
  const isForward = wish.from.handle.startsWith('o');
  const found = useMemo(
    () =>
      Object.values(descriptors)
        .filter((one) => (isForward ? one.numInputs : one.numOutputs) > 0)
        .filter((one) => `${one.name} ${one.info}`.toLowerCase().includes(query.trim().toLowerCase())),
    [descriptors, isForward, query],
  );
  const choose = (type: string, width: number) => {
    const shift = isForward ? 0 : width;
    addBlock(type, { at: { x: wish.at.x - shift, y: wish.at.y - 40 }, from: wish.from });
    onClose();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onClose();
    if (event.key === 'Enter' && event.target instanceof HTMLInputElement && found[0])
      choose(found[0].type, found[0].width);
  };
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- Escape closes it
    <div
      className={`nokey nowheel ${styles.palette ?? ''}`}
      style={{ left: Math.min(wish.screen.x, innerWidth - 270), top: Math.min(wish.screen.y, innerHeight - 320) }}
      role="dialog"
      aria-label={words.addHere}
      tabIndex={-1}
      onKeyDown={onKeyDown}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) onClose();
      }}
    >
      <input
        type="search"
        className="input"
        aria-label={words.search}
        placeholder={words.search}
        ref={focusOnce}
        value={query}
        onChange={(event) => setQuery(event.target.value)}
      />
      <ul>
        {found.map((one) => (
          <li key={one.type}>
            <button type="button" onClick={() => choose(one.type, one.width)}>
              <span className={styles.icon} style={{ background: readableHeader(one.headerColor) }}>
                <Icon icon={one.icon} size={16} />
              </span>
              {one.name}
            </button>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p>{words.noBlock(query)}</p>}
    </div>
  );
}
