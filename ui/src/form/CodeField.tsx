import { useMemo } from 'react';
import { exactText } from '../api/exact';
import type { Json } from '../api/types';
import { comesLater } from '../parts/comesLater';
import styles from './CodeField.module.css';
import { tokens } from './tokens';
import { words } from './words';

const CodeEditor = comesLater(() => import('./CodeEditor'), {
  meanwhile: <p className={styles.loading}>{words.loading}</p>,
});
const SHOWN_LINES = 16;
const SHOWN_LETTERS = 120;

interface Props {
  id: string;
  label: string;
  value: Json;
  isCompact: boolean;
  describedBy: string | undefined;
  onChange: (value: Json) => void;
}

/** Test data: an editor in the panel, the same text to read on the node. */
export function CodeField({ id, label, value, isCompact, describedBy, onChange }: Props) {
  const text = typeof value === 'string' ? value : exactText(value ?? [], 2);
  if (isCompact) return <CodePreview text={text} label={label} />;
  return <CodeEditor id={id} label={label} text={text} describedBy={describedBy} onChange={onChange} />;
}

function CodePreview({ text, label }: { text: string; label: string }) {
  const { shown, more } = useMemo(() => firstLines(text), [text]);
  return (
    <pre className={styles.preview} aria-label={label} role="img">
      {shown.map((line, at) => (
        <span key={at} className={styles.line}>
          <span className={styles.number}>{at + 1}</span>
          {tokens(line.slice(0, SHOWN_LETTERS)).map((token, index) => (
            <span key={index} className={styles[token.kind]}>
              {token.text}
            </span>
          ))}
        </span>
      ))}
      {more > 0 && <span className={styles.more}>… {more.toLocaleString('en')} more lines</span>}
    </pre>
  );
}

/** The lines that are shown, and how many follow; a text of megabytes is not cut as a whole. */
function firstLines(text: string): { shown: string[]; more: number } {
  const shown: string[] = [];
  const end = text.endsWith('\n') ? text.length - 1 : text.length;
  let at = 0;
  while (shown.length < SHOWN_LINES && at <= end) {
    const next = text.indexOf('\n', at);
    const stop = next === -1 || next > end ? end : next;
    shown.push(text.slice(at, stop));
    at = stop + 1;
  }
  let more = 0;
  while (at <= end) {
    more += 1;
    const next = text.indexOf('\n', at);
    at = next === -1 || next > end ? end + 1 : next + 1;
  }
  return { shown, more };
}
