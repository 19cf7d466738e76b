import type { ConnectionReport } from '../api/types';
import { ErrorText } from '../parts/ErrorText';
import { Message } from '../parts/Message';
import styles from './Connections.module.css';

interface Props {
  report: ConnectionReport | undefined;
  error: Error | null;
}

/** What a test found: org, user and the rest, or exactly what is wrong. */
export function TestResult({ report, error }: Props) {
  return (
    <div role="status">
      <ErrorText error={error} />
      {report && (
        <div className={report.ok ? styles.good : styles.refused}>
          <p>
            {report.ok ? '✓ ' : '✕ '}
            <Message text={report.message} />
          </p>
          {report.warnings.map((one) => (
            <p key={one} className={styles.warning}>
              {one}
            </p>
          ))}
          <dl className={styles.facts}>
            {Object.entries(report.facts).map(([name, value]) => (
              <div key={name}>
                <dt>{spaced(name)}</dt>
                <dd>{typeof value === 'number' ? value.toLocaleString('en') : String(value)}</dd>
              </div>
            ))}
          </dl>
        </div>
      )}
    </div>
  );
}

/** `remainingApiCalls` as "Remaining API calls": facts come under the names that a plugin gave them. */
function spaced(name: string): string {
  const words = name
    .replace(/([A-Z])/g, ' $1')
    .toLowerCase()
    .replace(/\b(api|id|url)\b/g, (one) => one.toUpperCase());
  return words.charAt(0).toUpperCase() + words.slice(1);
}
