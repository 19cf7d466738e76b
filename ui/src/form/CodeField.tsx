import { lazy, Suspense } from 'react';
import type { Json } from '../api/types';
import styles from './CodeField.module.css';
import { tokens } from './tokens';
import { words } from './words';

const CodeEditor = lazy(() => import('./CodeEditor'));
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
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? [], null, 2);
  if (isCompact) return <CodePreview text={text} label={label} />;
  return (
    <Suspense fallback={<p className={styles.loading}>{words.loading}</p>}>
      <CodeEditor id={id} label={label} text={text} describedBy={describedBy} onChange={onChange} />
    </Suspense>
  );
}

function CodePreview({ text, label }: { text: string; label: string }) {
  const lines = text.replace(/\n$/, '').split('\n');
  const shown = lines.slice(0, SHOWN_LINES);
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
      {lines.length > SHOWN_LINES && <span className={styles.more}>… {lines.length - SHOWN_LINES} more lines</span>}
    </pre>
  );
}
