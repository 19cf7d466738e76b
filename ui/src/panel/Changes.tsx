import { exactText } from '../api/exact';
import type { Json, Report } from '../api/types';
import { RecordLink } from '../report/RecordLink';
import { changesOf, type Change } from './changes';
import styles from './Changes.module.css';
import { words } from './words';

/** Old and new, field by field, of what a preview found; nothing where the report does not say. */
export function Changes({ report }: { report: Report }) {
  const { changes, notShown, unchanged, calls, left } = changesOf(report);
  return (
    <>
      {calls !== null && (
        <p className={styles.soft}>
          {words.wouldTake(calls)}
          {left !== null && ` ${words.left(left)}`}
        </p>
      )}
      {unchanged > 0 && <p className={styles.soft}>{words.unchanged(unchanged)}</p>}
      {changes.length > 0 && (
        <>
          <h3>{words.changes}</h3>
          {changes.map((change) => (
            <One key={change.index} change={change} instanceUrl={report.instanceUrl} />
          ))}
          {notShown > 0 && <p className={styles.soft}>{words.moreChanges(notShown)}</p>}
        </>
      )}
    </>
  );
}

function One({ change, instanceUrl }: { change: Change; instanceUrl: string | undefined }) {
  const fields = Object.entries(change.fields);
  return (
    <table className={styles.change}>
      <caption>
        {words.item(change.index)} <span className={styles.soft}>{words.actions[change.action]}</span>{' '}
        {change.id && (
          <code>
            <RecordLink id={change.id} instanceUrl={instanceUrl} />
          </code>
        )}
      </caption>
      {fields.length > 0 && (
        <>
          <thead>
            <tr>
              <th scope="col">{words.field}</th>
              <th scope="col">{words.before}</th>
              <th scope="col">{words.after}</th>
            </tr>
          </thead>
          <tbody>
            {fields.map(([name, { before, after }]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>
                  <del>{shown(before)}</del>
                </td>
                <td>
                  <ins>{shown(after)}</ins>
                </td>
              </tr>
            ))}
          </tbody>
        </>
      )}
    </table>
  );
}

function shown(value: Json): string {
  if (value === null || value === undefined || value === '') return '–';
  return typeof value === 'string' ? value : exactText(value);
}
