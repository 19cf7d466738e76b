import { Message } from '../parts/Message';
import { useEditor } from '../state/editor';
import { useOutdated } from '../state/outdated';
import { reloadFlow, reloadPage, saveNow } from '../state/session';
import styles from './TopBar.module.css';

/** Says that the file was changed by someone else, and asks. */
export function ConflictBanner() {
  const save = useEditor((state) => state.save);
  const { notify } = useEditor.getState();
  if (save.kind !== 'conflict') return null;
  return (
    <div className={styles.banner} role="alert">
      <span>
        <Message text={save.message} />
      </span>
      <button
        type="button"
        className="button"
        onClick={() => void reloadFlow().catch((error: unknown) => notify(String(error), 'error'))}
      >
        Load it again
      </button>
      <button type="button" className="button" onClick={() => void saveNow({ force: true })}>
        Overwrite it
      </button>
    </div>
  );
}

/** Says that the server cannot be reached. */
export function OfflineBanner() {
  const isOffline = useEditor(
    (state) =>
      state.run.isReconnecting || (state.save.kind === 'failed' && state.save.message.includes('does not answer')),
  );
  if (!isOffline) return null;
  return (
    <div className={styles.banner} role="alert">
      The studio does not answer. Your flow is kept on this page; trying to reconnect…
    </div>
  );
}

/** Says that the page is of an older studio than the one that serves it, and loads the new one when asked to. */
export function UpgradeBanner() {
  const isOutdated = useOutdated((state) => state.isOutdated);
  const { notify } = useEditor.getState();
  if (!isOutdated) return null;
  return (
    <div className={styles.banner} role="alert">
      <span>
        The studio was updated since this page was opened. A part of the page is of the older one and is gone.
      </span>
      <button
        type="button"
        className="button"
        onClick={() => void reloadPage().catch((error: unknown) => notify(said(error), 'error'))}
      >
        Save and load the page again
      </button>
    </div>
  );
}

function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
