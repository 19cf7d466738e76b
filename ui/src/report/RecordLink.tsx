import styles from './RecordLink.module.css';
import { recordUrl } from './recordUrl';

const HINT = 'Open the record in Salesforce, in a new tab';

/** The Id of a record, as a link to it where the org's address is known. */
export function RecordLink({ id, instanceUrl }: { id: string; instanceUrl: string | undefined }) {
  const url = recordUrl(instanceUrl, id);
  if (url === null) return id;
  return (
    <a className={styles.link} href={url} target="_blank" rel="noopener noreferrer" title={HINT}>
      {id}
    </a>
  );
}
