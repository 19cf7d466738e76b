import type { Report } from '../api/types';
import { SIGN } from '../state/verdict';
import { partsOf, sentenceOf } from './outcomes';
import styles from './ReportBar.module.css';

interface Props {
  report: Report;
  isSmall?: boolean;
  filter?: string;
  onFilter?: (outcome: string) => void;
}

/** How every item of a run ended: one bar, with numbers. */
export function ReportBar({ report, isSmall = false, filter = '', onFilter }: Props) {
  const parts = partsOf(report);
  return (
    <div className={`${(isSmall ? styles.small : styles.full) ?? ''} ${report.dryRun ? (styles.preview ?? '') : ''}`}>
      {report.verdict && (
        <p className={styles[report.verdict.state]}>
          <span className={styles.sign} aria-hidden>
            {SIGN[report.verdict.state]}
          </span>
          {report.dryRun && <b>Preview: </b>}
          {report.verdict.sentence}
        </p>
      )}
      <div className={styles.bar} role="img" aria-label={sentenceOf(parts)}>
        {parts.map((part) => (
          <span key={part.key} style={{ flexGrow: part.count, background: part.color }} />
        ))}
      </div>
      <ul className={styles.legend}>
        {parts.map((part) => {
          const text = (
            <>
              <span className={styles.swatch} style={{ background: part.color }} aria-hidden />
              <b>{part.count.toLocaleString('en')}</b> {part.label}
            </>
          );
          return (
            <li key={part.key}>
              {onFilter && part.outcome ? (
                <button
                  type="button"
                  className={styles.filter}
                  aria-pressed={filter === part.outcome}
                  onClick={() => onFilter(filter === part.outcome ? '' : part.outcome)}
                >
                  {text}
                </button>
              ) : (
                <span className={styles.filter}>{text}</span>
              )}
            </li>
          );
        })}
        {parts.length === 0 && <li>No items</li>}
      </ul>
    </div>
  );
}
