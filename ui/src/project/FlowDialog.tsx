import { Dialog } from '../parts/Dialog';
import { useEditor } from '../state/editor';
import styles from './FlowDialog.module.css';

const MOST_S = 2_592_000;

/** What a flow says of itself, and how long it may run. */
export default function FlowDialog() {
  const meta = useEditor((state) => state.meta);
  const { describe, openDialog } = useEditor.getState();
  return (
    <Dialog title={`About “${meta.name}”`} onClose={() => openDialog(null)}>
      <div className={styles.fields}>
        <label>
          Description
          <textarea
            className="input"
            rows={6}
            value={meta.description ?? ''}
            onChange={(event) => describe({ description: event.target.value })}
          />
        </label>
        <label>
          Time-out in seconds
          <input
            className="input"
            type="number"
            min={1}
            max={MOST_S}
            placeholder="3600"
            value={meta.timeout ?? ''}
            onChange={(event) => {
              const { valueAsNumber: seconds } = event.target;
              if (Number.isNaN(seconds)) describe({ timeout: undefined });
              else if (seconds > 0 && seconds <= MOST_S) describe({ timeout: seconds });
            }}
          />
        </label>
        <p>The run is stopped when it takes longer; without a number after an hour.</p>
      </div>
    </Dialog>
  );
}
