import { useEditor } from '../state/editor';
import { Dialog } from './Dialog';
import styles from './Lists.module.css';

/** Asked before the first run with production values. */
export function ProductionDialog({ proceed }: { proceed: () => void }) {
  const { openDialog, confirmProduction } = useEditor.getState();
  return (
    <Dialog title="Run in production?" onClose={() => openDialog(null)}>
      <p>This run uses the production values of your connections and changes real records.</p>
      <div className={styles.line}>
        <button type="button" className="button" onClick={() => openDialog(null)}>
          Cancel
        </button>
        <button
          type="button"
          className="button primary"
          onClick={() => {
            confirmProduction();
            proceed();
          }}
        >
          Run in production
        </button>
      </div>
    </Dialog>
  );
}
