import { useEffect, useRef, useState } from 'react';
import { Icon } from '../parts/Icon';
import { Resizer, useSize } from '../parts/Resizer';
import { useEditor } from '../state/editor';
import type { FieldPlace } from '../state/run';
import { showField } from '../state/running';
import styles from './RunLog.module.css';

const HEIGHT = { usual: 132, least: 60, most: 480 };
const SHOWN_LINES = 400;

/** What the runs said: the blocks that were executed, and errors. */
export function RunLog() {
  const lines = useEditor((state) => state.run.log);
  const clearLog = useEditor((state) => state.clearLog);
  const [isOpen, setIsOpen] = useState(true);
  const [height, setHeight] = useSize('ziggy-log-height', HEIGHT);
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [lines, isOpen]);
  return (
    <section className={styles.log} aria-label="Execution log" data-region="log">
      {isOpen && <Resizer label="Height of the log" side="top" size={height} limits={HEIGHT} onResize={setHeight} />}
      <header className={styles.header}>
        <button type="button" className={styles.toggle} aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
          Execution log
        </button>
        <button type="button" className="icon-button" aria-label="Clear the log" onClick={clearLog}>
          <Icon icon="trash" size={16} />
        </button>
      </header>
      {isOpen && (
        <div ref={list} className={styles.lines} style={{ height }} role="region" aria-label="Log lines" tabIndex={0}>
          {lines.length === 0 && <p className={styles.soft}>Press Run to see what happens, block by block.</p>}
          {lines.slice(-SHOWN_LINES).map((line) => (
            <div key={line.id} className={styles.line}>
              <time dateTime={line.at}>{clock(line.at)}</time>
              <span className={styles[line.level]}>{line.level === 'info' ? '' : line.level.toUpperCase()}</span>
              <b>{line.source}</b>
              <span>
                {line.message}
                {line.to && <ToField to={line.to} />}
              </span>
            </div>
          ))}
        </div>
      )}
    </section>
  );
}

function ToField({ to }: { to: FieldPlace }) {
  return (
    <button type="button" className={styles.to} onClick={() => showField(to)}>
      Show the setting
    </button>
  );
}

function clock(at: string): string {
  const time = new Date(at);
  return `${time.toLocaleTimeString('en-GB')}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}
