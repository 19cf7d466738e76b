import { ApiError } from '../api/client';
import { Message } from './Message';
import styles from './ErrorText.module.css';

/** What went wrong, and what to do about it; nothing where nothing did. */
export function ErrorText({ error }: { error: Error | null }) {
  if (!error) return null;
  const hint = error instanceof ApiError ? error.hint : '';
  return (
    <p className={styles.error} role="alert">
      <Message text={`${error.message} ${hint}`.trim()} />
    </p>
  );
}
