import { useState } from 'react';
import { Icon } from '../parts/Icon';
import { useEditor, type SaveState } from '../state/editor';
import { startRun, stopRun } from '../state/running';
import { saveNow } from '../state/session';
import type { Theme } from '../theme/useTheme';
import styles from './TopBar.module.css';

interface Props {
  theme: Theme;
  onToggleTheme: () => void;
}

/** The flow's name, running it, and the way to everything else. */
export function TopBar({ theme, onToggleTheme }: Props) {
  const meta = useEditor((state) => state.meta);
  const mode = useEditor((state) => state.mode);
  const run = useEditor((state) => state.run.status);
  const isStopping = useEditor((state) => state.run.isStopping);
  const canUndo = useEditor((state) => state.history.past.length > 0);
  const canRedo = useEditor((state) => state.history.future.length > 0);
  const project = useEditor((state) => state.project);
  const { rename, undo, redo, setMode, openDialog } = useEditor.getState();
  const isStarting = run === 'starting';
  const isRunning = run === 'running';
  return (
    <header className={styles.bar} data-region="bar">
      <span className={styles.brand} title={`Project ${project}`}>
        <svg width="30" height="26" viewBox="0 0 24 24" aria-hidden>
          <path fill="#e8604c" d="M4 6a3 3 0 0 1 3-3h13l-4 6H7a3 3 0 0 1-3-3" />
          <path fill="#37a6bd" d="M20 18a3 3 0 0 1-3 3H4l4-6h9a3 3 0 0 1 3 3" />
        </svg>
        <span className={styles.text}>{project || 'Studio'}</span>
      </span>
      <button type="button" className={styles.link} onClick={() => openDialog({ kind: 'flows' })}>
        <Icon icon="flows" /> <span className={styles.text}>Flows</span>
      </button>
      <div className={styles.card}>
        <input
          className={styles.title}
          aria-label="Flow name"
          value={meta.name}
          size={Math.max(meta.name.length, 8)}
          onChange={(event) => {
            if (event.target.value !== '') rename(event.target.value);
          }}
        />
        <SaveNote />
        <button
          type="button"
          className="icon-button"
          aria-label="About this flow"
          title="About this flow: description, time-out"
          onClick={() => openDialog({ kind: 'flow' })}
        >
          <Icon icon="info" />
        </button>
      </div>
      <div className={styles.card} role="toolbar" aria-label="Edit">
        <button
          type="button"
          className="icon-button"
          aria-label="Undo"
          title="Undo (Ctrl+Z)"
          disabled={!canUndo}
          onClick={undo}
        >
          <Icon icon="undo" />
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label="Redo"
          title="Redo (Ctrl+Shift+Z)"
          disabled={!canRedo}
          onClick={redo}
        >
          <Icon icon="redo" />
        </button>
      </div>
      <div className={styles.card} role="toolbar" aria-label="Run">
        <button
          type="button"
          className={styles.run}
          title="Run (Ctrl+Enter)"
          disabled={isStarting}
          onClick={() => void startRun()}
        >
          <Icon icon="play" size={16} /> <span className={styles.text}>{isStarting ? 'Starting…' : 'Run'}</span>
        </button>
        <button
          type="button"
          className={styles.tool}
          title="Shows what a run would create, update and refuse, and writes nothing"
          disabled={isStarting}
          onClick={() => void startRun({ isPreview: true })}
        >
          <Icon icon="eye" size={16} /> <span className={styles.text}>Preview</span>
        </button>
        <button
          type="button"
          className={`${styles.tool} ${styles.stop}`}
          disabled={(!isRunning && !isStarting) || isStopping}
          onClick={() => void stopRun()}
        >
          <Icon icon="square" size={14} /> <span className={styles.text}>{isStopping ? 'Stopping…' : 'Stop'}</span>
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label="Last runs"
          title="Last runs"
          onClick={() => openDialog({ kind: 'runs' })}
        >
          <Icon icon="history" />
        </button>
      </div>
      <nav className={styles.links} aria-label="Project">
        <button type="button" className={styles.link} onClick={() => openDialog({ kind: 'connections' })}>
          <Icon icon="link" /> <span className={styles.text}>Connections</span>
        </button>
        <button type="button" className={styles.link} onClick={() => openDialog({ kind: 'stores' })}>
          <Icon icon="database" /> <span className={styles.text}>Data Store</span>
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label={theme === 'dark' ? 'Use the light theme' : 'Use the dark theme'}
          onClick={onToggleTheme}
        >
          <Icon icon={theme === 'dark' ? 'sun' : 'moon'} />
        </button>
        <button
          type="button"
          className={mode === 'PROD' ? styles.production : styles.development}
          aria-label={`Mode: ${mode === 'PROD' ? 'production' : 'development'}. Switch`}
          onClick={() => setMode(mode === 'PROD' ? 'DEV' : 'PROD')}
        >
          {mode === 'PROD' ? 'PRODUCTION' : 'DEVELOPMENT'}
        </button>
      </nav>
    </header>
  );
}

/** The field opens because it was asked for. */
function focusOnce(input: HTMLInputElement | null): void {
  input?.focus();
}

const NOTES: Record<SaveState['kind'], string> = {
  saved: 'Saved',
  dirty: 'Saving…',
  saving: 'Saving…',
  conflict: 'Changed on disk',
  failed: 'Not saved',
};

function SaveNote() {
  const save = useEditor((state) => state.save);
  const file = useEditor((state) => state.file);
  const [name, setName] = useState<string | null>(null);
  if (name !== null) {
    return (
      <form
        className={styles.saveAs}
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim()) void saveNow({ as: name.trim() });
          setName(null);
        }}
      >
        <input
          className="input"
          aria-label="Save under the name"
          onKeyDown={(event) => {
            if (event.key === 'Escape') setName(null);
          }}
          value={name}
          ref={focusOnce}
          onChange={(event) => setName(event.target.value)}
        />
        <button type="submit" className="button">
          Save
        </button>
        <button type="button" className="icon-button" aria-label="Do not save a copy" onClick={() => setName(null)}>
          <Icon icon="close" size={16} />
        </button>
      </form>
    );
  }
  const text = file === null && save.kind === 'saved' ? 'Not saved yet' : NOTES[save.kind];
  return (
    <>
      <span
        className={save.kind === 'failed' ? styles.failed : styles.note}
        title={save.kind === 'failed' ? save.message : file === null ? '' : `flows/${file}`}
      >
        {text}
      </span>
      <button
        type="button"
        className="icon-button"
        aria-label="Save under another name"
        title="Save under another name"
        onClick={() => setName(`${file ?? 'flow'}-copy`)}
      >
        <Icon icon="save" />
      </button>
    </>
  );
}
