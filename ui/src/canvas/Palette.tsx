import { useMemo, useState } from 'react';
import type { Descriptor } from '../api/types';
import { Icon } from '../parts/Icon';
import { useEditor } from '../state/editor';
import { focusNote } from '../state/focus';
import { readableHeader } from '../theme/color';
import { BLOCK_MIME } from './dnd';
import styles from './Palette.module.css';
import { words } from './words';

/** All blocks that the installed plugins bring: drag one onto the canvas, or press Enter on it. */
export function Palette() {
  const descriptors = useEditor((state) => state.descriptors);
  const addBlock = useEditor((state) => state.addBlock);
  const notify = useEditor((state) => state.notify);
  const [query, setQuery] = useState('');
  // In a narrow window the list lies over the canvas, and only while it is used.
  const [isOpen, setIsOpen] = useState(false);
  const groups = useMemo(() => {
    const wanted = query.trim().toLowerCase();
    const found = Object.values(descriptors).filter((one) =>
      `${one.name} ${one.info} ${one.type} ${one.group}`.toLowerCase().includes(wanted),
    );
    return Object.entries(Object.groupBy(found, (one) => one.group)).sort(([a], [b]) => a.localeCompare(b));
  }, [descriptors, query]);
  // Who types a name means the block of that name, before one that only tells of it.
  const blocks = groups.flatMap(([, all = []]) => all);
  const wanted = query.trim().toLowerCase();
  const first = wanted ? (blocks.find((one) => one.name.toLowerCase().startsWith(wanted)) ?? blocks[0]) : undefined;
  const add = (block: Descriptor) => {
    addBlock(block.type);
    setIsOpen(false);
    notify(words.added(block.name));
  };
  const addNote = () => {
    setIsOpen(false);
    focusNote(useEditor.getState().addNote());
  };
  return (
    <nav className={isOpen ? styles.opened : styles.palette} aria-label={words.palette} data-region="blocks">
      <h2 className={styles.title}>{words.palette}</h2>
      <button type="button" className={styles.toggle} aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
        <Icon icon={isOpen ? 'close' : 'plus'} size={16} /> {words.add}
      </button>
      <div className={styles.inside}>
        <div className={styles.search}>
          <Icon icon="search" size={16} />
          <input
            type="search"
            aria-label={words.search}
            placeholder={words.search}
            value={query}
            onChange={(event) => setQuery(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || !wanted) return;
              if (first) add(first);
              else if (words.noteName.toLowerCase().includes(wanted)) addNote();
              else return;
              setQuery('');
            }}
          />
        </div>
        {groups.length === 0 && !words.noteName.toLowerCase().includes(wanted) && (
          <p className={styles.none}>{words.noBlock(query)}</p>
        )}
        {groups.map(([group, blocks = []]) => (
          <section key={group}>
            <h3 className={styles.group}>{group}</h3>
            <ul className={styles.list}>
              {blocks.map((block) => (
                <li key={block.type}>
                  <button
                    type="button"
                    className={styles.block}
                    draggable
                    onDragStart={(event) => {
                      event.dataTransfer.setData(BLOCK_MIME, block.type);
                      event.dataTransfer.effectAllowed = 'copy';
                    }}
                    data-first={block === first || undefined}
                    onClick={() => add(block)}
                  >
                    <span className={styles.icon} style={{ background: readableHeader(block.headerColor) }}>
                      <Icon icon={block.icon} />
                    </span>
                    <span className={styles.text}>
                      <b>{block.name}</b>
                      <small>{block.info}</small>
                    </span>
                  </button>
                </li>
              ))}
            </ul>
          </section>
        ))}
        {words.noteName.toLowerCase().includes(wanted) && (
          <button
            type="button"
            className={styles.block}
            data-first={(wanted !== '' && !first) || undefined}
            onClick={addNote}
          >
            <span className={styles.text}>
              <b>{words.noteName}</b>
              <small>{words.noteInfo}</small>
            </span>
          </button>
        )}
      </div>
    </nav>
  );
}
