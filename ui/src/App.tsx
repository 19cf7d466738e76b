import { ReactFlowProvider } from '@xyflow/react';
import { useEffect, useState, type ComponentType } from 'react';
import styles from './App.module.css';
import { Canvas } from './canvas/Canvas';
import { Palette } from './canvas/Palette';
import { useKeys } from './canvas/useKeys';
import { Announcer } from './log/Announcer';
import { RunLog } from './log/RunLog';
import { SidePanel } from './panel/SidePanel';
import { comesLater } from './parts/comesLater';
import { ConflictBanner, OfflineBanner, UpgradeBanner } from './project/Banners';
import { TopBar } from './project/TopBar';
import { useEditor } from './state/editor';
import { watchForUpgrades } from './state/outdated';
import { focusRegion, type Region } from './state/focus';
import { showField, watchForRuns } from './state/running';
import { openProject } from './state/session';
import { useTheme } from './theme/useTheme';

// What is not needed to draw and run a flow comes when it is asked for.
function dialog<Props extends object>(load: () => Promise<{ default: ComponentType<Props> }>): ComponentType<Props> {
  return comesLater(load, { onMissing: () => useEditor.getState().openDialog(null) });
}

const ConnectionsDialog = dialog(() => import('./connections/ConnectionsDialog'));
const EdgeInspector = dialog(() => import('./inspector/EdgeDialog'));
const CsvDialog = dialog(() => import('./start/CsvDialog'));
const FlowDialog = dialog(() => import('./project/FlowDialog'));
const AskDialog = dialog(() => import('./project/AskDialog'));
const HelpDialog = dialog(() => import('./project/HelpDialog'));
const KeysDialog = dialog(() => import('./project/KeysDialog'));
const FlowsDialog = dialog(() => import('./flows/FlowsDialog'));
const RunsDialog = dialog(() => import('./history/RunsDialog'));
const StoresDialog = dialog(() => import('./stores/StoresDialog'));

const SOON_MS = 500;

type Phase = { kind: 'opening' } | { kind: 'ready' } | { kind: 'failed'; message: string };

/** The editor. */
export function App() {
  const [theme, toggleTheme] = useTheme();
  const [phase, setPhase] = useState<Phase>({ kind: 'opening' });
  useEffect(() => {
    openProject()
      .then(() => {
        setPhase({ kind: 'ready' });
        watchForRuns();
        watchForUpgrades();
        // At hand when it is wanted: what most runs end with.
        setTimeout(() => void import('./inspector/EdgeDialog').catch(() => undefined), SOON_MS);
      })
      .catch((error: unknown) =>
        setPhase({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }),
      );
  }, []);
  useKeys();
  if (phase.kind === 'opening') return <p className={styles.opening}>Opening the project…</p>;
  if (phase.kind === 'failed') {
    return (
      <p className={styles.opening} role="alert">
        The project cannot be opened: {phase.message}
      </p>
    );
  }
  return (
    <ReactFlowProvider>
      <SkipLinks />
      <div className={styles.app}>
        <TopBar theme={theme} onToggleTheme={toggleTheme} />
        <div className={styles.banners}>
          <ConflictBanner />
          <OfflineBanner />
          <UpgradeBanner />
        </div>
        <div className={styles.work}>
          <Palette />
          <main className={styles.middle} data-region="canvas">
            <h1 className="visually-hidden">Flow editor</h1>
            <Canvas theme={theme} />
          </main>
          <SidePanel />
        </div>
        <RunLog />
      </div>
      <OpenDialog />
      <Notice />
      <Announcer />
    </ReactFlowProvider>
  );
}

const SKIPS: [Region, string][] = [
  ['blocks', 'Skip to the blocks'],
  ['canvas', 'Skip to the canvas'],
  ['log', 'Skip to the log'],
];

/** For whoever comes to the page with the Tab key; seen only then. */
function SkipLinks() {
  return (
    <nav className={styles.skips} aria-label="Skip">
      {SKIPS.map(([region, label]) => (
        <button key={region} type="button" className="button" onClick={() => focusRegion(region)}>
          {label}
        </button>
      ))}
    </nav>
  );
}

function OpenDialog() {
  const dialog = useEditor((state) => state.dialog);
  switch (dialog?.kind) {
    case 'edge':
      return <EdgeInspector key={dialog.edge} edge={dialog.edge} tab={dialog.tab} />;
    case 'runs':
      return <RunsDialog />;
    case 'keys':
      return <KeysDialog />;
    case 'csv':
      return <CsvDialog />;
    case 'flow':
      return <FlowDialog />;
    case 'flows':
      return <FlowsDialog />;
    case 'connections':
      return <ConnectionsDialog />;
    case 'stores':
      return <StoresDialog />;
    case 'production':
    case 'again':
      return <AskDialog about={dialog.kind} proceed={dialog.proceed} />;
    case 'help':
      return <HelpDialog blockType={dialog.blockType} />;
    default:
      return null;
  }
}

const NOTICE_MS = 6000;

function Notice() {
  const notice = useEditor((state) => state.notice);
  const [hidden, setHidden] = useState(0);
  useEffect(() => {
    if (!notice || notice.tone === 'error') return undefined;
    const timer = setTimeout(() => setHidden(notice.id), NOTICE_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  if (!notice || hidden === notice.id) return null;
  return (
    <div className={notice.tone === 'error' ? styles.noticeError : styles.notice}>
      <span role={notice.tone === 'error' ? 'alert' : 'status'}>{notice.text}</span>
      {notice.links.map(({ label, to }) => (
        <button
          key={`${to.block} ${to.path}`}
          type="button"
          className={styles.noticeLink}
          onClick={() => showField(to)}
        >
          {label}
        </button>
      ))}
      <button type="button" className="icon-button" aria-label="Dismiss" onClick={() => setHidden(notice.id)}>
        ✕
      </button>
    </div>
  );
}
