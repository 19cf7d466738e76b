import { useState } from 'react';
import { exactText } from '../api/exact';
import type { Json } from '../api/types';
import { RecordLink } from '../report/RecordLink';
import { isIdKey, recordUrl } from '../report/recordUrl';
import styles from './JsonTree.module.css';

const SHOWN_ENTRIES = 100;

interface Props {
  value: Json;
  name?: string;
  depth?: number;
  /** Where the record is whose Id is one of the keys. */
  instanceUrl?: string | undefined;
}

/** Any JSON as a tree that opens and closes. */
export function JsonTree({ value, name, depth = 0, instanceUrl }: Props) {
  const [isOpen, setIsOpen] = useState(depth < 2);
  const [shown, setShown] = useState(SHOWN_ENTRIES);
  const label = name === undefined ? null : <span className={styles.key}>{name}: </span>;
  if (value === null || typeof value !== 'object') {
    return (
      <div className={styles.line}>
        {label}
        <span className={styles[value === null ? 'null' : typeof value]}>{exactText(value)}</span>
      </div>
    );
  }
  const entries: [string, Json][] = Array.isArray(value)
    ? value.map((one, at) => [String(at), one])
    : Object.entries(value);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  return (
    <div className={styles.line}>
      <button type="button" className={styles.toggle} aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
        {label}
        {open}
        {isOpen ? '' : ` ${entries.length} ${close}`}
      </button>
      {isOpen && (
        <>
          <div className={styles.children}>
            {entries.slice(0, shown).map(([key, one]) =>
              typeof one === 'string' && recordUrl(instanceUrl, one) && isIdKey(key) ? (
                <div key={key} className={styles.line}>
                  <span className={styles.key}>{key}: </span>
                  <RecordLink id={one} instanceUrl={instanceUrl} />
                </div>
              ) : (
                <JsonTree key={key} value={one} name={key} depth={depth + 1} />
              ),
            )}
            {entries.length > shown && (
              <button type="button" className={styles.toggle} onClick={() => setShown(shown + SHOWN_ENTRIES)}>
                {entries.length - shown} more…
              </button>
            )}
          </div>
          {close}
        </>
      )}
    </div>
  );
}
