import { useEditor } from '../state/editor';
import { Dialog } from '../parts/Dialog';
import styles from './Lists.module.css';

const QUESTIONS = {
  production: {
    title: 'Run in production?',
    text: 'This run uses the production values of your connections and changes real records.',
    yes: 'Run in production',
  },
  again: {
    title: 'Start it a second time?',
    text: 'This flow is running already. Started once more, both runs write the same items side by side.',
    yes: 'Start it a second time',
  },
};

/** Asked before the first run with production values, and before a flow runs beside itself. */
export default function AskDialog({ about, proceed }: { about: keyof typeof QUESTIONS; proceed: () => void }) {
  const { openDialog, confirmProduction } = useEditor.getState();
  const { title, text, yes } = QUESTIONS[about];
  return (
    <Dialog title={title} onClose={() => openDialog(null)}>
      <p>{text}</p>
      <div className={styles.line}>
        <button type="button" className="button" onClick={() => openDialog(null)}>
          Cancel
        </button>
        <button
          type="button"
          className="button primary"
          onClick={() => {
            if (about === 'production') confirmProduction();
            openDialog(null);
            proceed();
          }}
        >
          {yes}
        </button>
      </div>
    </Dialog>
  );
}
