import { useEditor } from '../state/editor';
import { startWithExample, WRITER } from '../state/starting';
import styles from './Start.module.css';
import { words } from './words';

/** What an empty canvas offers: an example, a file, or nothing but the blocks beside it. */
export function StartPanel() {
  const canWrite = useEditor((state) => state.descriptors[WRITER] !== undefined);
  const { openDialog } = useEditor.getState();
  return (
    <>
      <b>{words.title}</b>
      <p>{words.text}</p>
      {canWrite && (
        <div className={`nodrag nopan ${styles.choices ?? ''}`}>
          <button type="button" className="button" onClick={startWithExample}>
            {words.example}
          </button>
          <button type="button" className="button" onClick={() => openDialog({ kind: 'csv' })}>
            {words.file}
          </button>
        </div>
      )}
    </>
  );
}
