import { useEffect, useRef, type KeyboardEvent } from 'react';
import { copyByMenu, pasteByMenu, removeSelected, selectAllBlocks } from '../state/commands';
import { isNote } from '../state/document';
import { useEditor } from '../state/editor';
import { focusConnect, focusPanel } from '../state/focus';
import { startRun } from '../state/running';
import styles from './ContextMenu.module.css';
import { words } from './words';

/** All of its lines; where the window is lower, they scroll. */
const HEIGHT_PX = 460;

export interface MenuPlace {
  x: number;
  y: number;
}

interface Props {
  place: MenuPlace;
  onNote: () => void;
  onTidy: () => void;
  onClose: () => void;
}

/** What the keys do, for whoever has none at hand. */
export default function ContextMenu({ place, onNote, onTidy, onClose }: Props) {
  const menu = useRef<HTMLDivElement>(null);
  const opener = useRef<Element | null>(null);
  useEffect(() => {
    opener.current ??= document.activeElement;
    menu.current?.querySelector<HTMLElement>('[role=menuitem]:not([disabled])')?.focus();
  }, []);
  const hasBlock = useEditor((state) => state.nodes.some((node) => node.selected));
  const hasAny = useEditor((state) => hasBlock || state.edges.some((edge) => edge.selected));
  const isEmpty = useEditor((state) => state.nodes.length === 0);
  const canUndo = useEditor((state) => state.history.past.length > 0);
  const canRedo = useEditor((state) => state.history.future.length > 0);
  const only = useEditor((state) => {
    const chosen = state.nodes.filter((node) => node.selected);
    return chosen.length === 1 && chosen[0] && !isNote(chosen[0]) ? chosen[0] : undefined;
  });
  const hasOutput = useEditor((state) => (state.descriptors[only?.data.blockType ?? '']?.numOutputs ?? 0) > 0);
  const { undo, redo, duplicate, openDialog, select, showTab } = useEditor.getState();
  const open = () => {
    if (only) select(only.id);
    focusPanel();
  };
  const connect = () => {
    if (only) select(only.id);
    showTab('wires');
    focusConnect(0);
  };
  const entries: [string, string, boolean, () => void][] = [
    [words.open, 'Enter', only !== undefined, open],
    [words.connect, '', hasOutput, connect],
    [words.cut, 'Ctrl+X', hasBlock, () => void copyByMenu().then(removeSelected)],
    [words.copy, 'Ctrl+C', hasBlock, () => void copyByMenu()],
    [words.paste, 'Ctrl+V', true, () => void pasteByMenu()],
    [words.duplicate, 'Ctrl+D', hasBlock, duplicate],
    [words.remove, 'Delete', hasAny, removeSelected],
    [words.selectAll, 'Ctrl+A', !isEmpty, selectAllBlocks],
    [words.note, '', true, onNote],
    [words.undo, 'Ctrl+Z', canUndo, undo],
    [words.redo, 'Ctrl+Shift+Z', canRedo, redo],
    [words.tidy, '', !isEmpty, onTidy],
    [words.run, 'Ctrl+Enter', true, () => void startRun()],
    [words.keys, '?', true, () => openDialog({ kind: 'keys' })],
  ];
  const leave = () => {
    if (opener.current instanceof HTMLElement) opener.current.focus({ preventScroll: true });
    onClose();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' || event.key === 'Tab') {
      event.preventDefault();
      leave();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const items = [...(menu.current?.querySelectorAll<HTMLElement>('[role=menuitem]:not([disabled])') ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    items[(at + step + items.length) % items.length]?.focus();
  };
  return (
    <div
      ref={menu}
      className={`nokey ${styles.menu ?? ''}`}
      style={{
        left: Math.min(place.x, innerWidth - 270),
        top: Math.max(0, Math.min(place.y, innerHeight - HEIGHT_PX)),
      }}
      role="menu"
      aria-label={words.menu}
      tabIndex={-1}
      onKeyDown={onKeyDown}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) onClose();
      }}
    >
      {entries.map(([name, key, isPossible, action]) => (
        <button
          key={name}
          type="button"
          role="menuitem"
          tabIndex={-1}
          disabled={!isPossible}
          onClick={() => {
            leave();
            action();
          }}
        >
          <span>{name}</span>
          <kbd aria-hidden>{key}</kbd>
        </button>
      ))}
    </div>
  );
}
