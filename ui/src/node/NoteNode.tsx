import type { NodeProps } from '@xyflow/react';
import { memo } from 'react';
import { noteSize, noteText, type BlockNode } from '../state/document';
import { useEditor } from '../state/editor';
import { focusBlock } from '../state/focus';
import { Icon } from '../parts/Icon';
import { NoteSizer } from './NoteSizer';
import styles from './NoteNode.module.css';
import { words } from './words';

/** A text that somebody has put on the canvas: written where it stands, moved by its upper edge. */
export const NoteNode = memo(function NoteNode({ id, data, selected }: NodeProps<BlockNode>) {
  const { configure, remove } = useEditor.getState();
  const text = noteText({ data });
  const size = noteSize({ data });
  return (
    <div className={`${styles.note ?? ''} ${selected ? (styles.selected ?? '') : ''}`} style={size}>
      <header className={`note-handle ${styles.handle ?? ''}`}>
        <span>{words.note}</span>
        <button
          type="button"
          className={`nodrag icon-button ${styles.remove ?? ''}`}
          aria-label={words.removeNote}
          onClick={() => remove({ nodes: [id] })}
        >
          <Icon icon="close" size={14} />
        </button>
      </header>
      <textarea
        className={`nodrag nowheel nopan nokey ${styles.text ?? ''}`}
        aria-label={words.note}
        placeholder={words.noteHint}
        rows={Math.max(3, text.split('\n').length)}
        value={text}
        onChange={(event) => configure(id, { ...data.config, text: event.target.value }, `note ${id}`)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          focusBlock(id);
        }}
      />
      <NoteSizer
        id={id}
        onResize={(next, gesture) => configure(id, { ...data.config, ...next }, `size ${id} ${gesture}`)}
      />
    </div>
  );
});
