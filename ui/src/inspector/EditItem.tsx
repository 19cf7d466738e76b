import { useState } from 'react';
import { exactText, parseExact } from '../api/exact';
import type { Json } from '../api/types';
import styles from './EdgeInspector.module.css';
import { words } from './words';

interface Props {
  item: Json;
  /** What the item is called, so that its buttons can be told from those of the others. */
  what: string;
  onSend: (item: Json) => void;
}

/** An item that was not written: mended as JSON, and sent again. */
export function EditItem({ item, what, onSend }: Props) {
  const [text, setText] = useState<string | null>(null);
  if (text === null) {
    return (
      <button
        type="button"
        className="button"
        aria-label={words.editOne(what)}
        onClick={() => setText(exactText(item, 2))}
      >
        {words.edit}
      </button>
    );
  }
  const parsed = read(text);
  return (
    <div className={styles.edit}>
      <textarea
        className="input"
        aria-label={what}
        aria-invalid={parsed === undefined || undefined}
        rows={Math.min(16, text.split('\n').length + 1)}
        spellCheck={false}
        value={text}
        ref={focusOnce}
        onChange={(event) => setText(event.target.value)}
      />
      {parsed === undefined && <p role="alert">{words.noJson}</p>}
      <div className={styles.tools}>
        <button
          type="button"
          className="button primary"
          disabled={parsed === undefined}
          onClick={() => {
            if (parsed !== undefined) onSend(parsed);
          }}
        >
          {words.sendAgain}
        </button>
        <button type="button" className="button" onClick={() => setText(null)}>
          {words.cancel}
        </button>
      </div>
    </div>
  );
}

/** The item that the text is; undefined for what is no JSON. */
function read(text: string): Json | undefined {
  try {
    return parseExact(text) as Json;
  } catch {
    return undefined;
  }
}

const seen = new WeakSet<HTMLTextAreaElement>();

/** The field opens because it was asked for. */
function focusOnce(field: HTMLTextAreaElement | null): void {
  if (!field || seen.has(field)) return;
  seen.add(field);
  field.focus();
}
