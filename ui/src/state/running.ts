import { api, ApiError, type Start } from '../api/client';
import type { FlowDocument, Json, JsonObject, PastRun, ServerRun } from '../api/types';
import { currentDocument, nameOfBlock, useEditor } from './editor';
import { focusField } from './focus';
import { pastRun } from './past';
import { labelOf, sayProblem } from './problems';
import { addLine, isUnderWay, type FieldPlace, type RunEvent, type RunKind } from './run';
import { flushTyped, refusedFields } from './pending';
import { fileName, plain, saveNow } from './session';

/** Starting, following and stopping runs. */

const EVENTS = ['runStarted', 'blockStarted', 'blockProgress', 'blockFinished', 'edgeFilled', 'logLine', 'runFinished'];

/** Shows a run of the past where the last one was shown. */
export function showPastRun(run: PastRun): void {
  const { setRun, run: before } = useEditor.getState();
  setRun(pastRun(run, before.log));
}

interface RunOptions {
  until?: string;
  isPreview?: boolean;
  /** Someone was asked, and starts it beside the run that is under way. */
  again?: boolean;
}

/** Starts a run of what is on the canvas; `until` ends it before that block, `isPreview` writes nothing. */
export async function startRun(options: RunOptions = {}): Promise<void> {
  if (!options.isPreview && asksFirst(() => void startRun(options))) return;
  const kind = options.isPreview ? 'preview' : options.until ? 'partial' : 'run';
  await begin(
    kind,
    options.again === true,
    () => void startRun({ ...options, again: true }),
    (start, signal) =>
      api.startRun(
        {
          ...start,
          ...(options.isPreview ? { document: asPreview(start.document), preview: true } : {}),
          ...(options.until ? { until: options.until } : {}),
        },
        signal,
      ),
  );
}

/** Sends the failed items of a namespace through a block once more; with `items`, by key, those alone and as given. */
export function startReplay(namespace: string, block: string, items?: JsonObject): Promise<void> {
  return sendAgain(block, (start, signal) =>
    api.replay(namespace, { ...start, block, ...(items ? { items } : {}) }, signal),
  );
}

/** Sends items, as someone has mended them, through a block, and shows that as any other run. */
export function startResend(block: string, items: Json[]): Promise<void> {
  return sendAgain(block, (start, signal) => api.resend({ ...start, block, items }, signal));
}

async function sendAgain(block: string, send: StartCall, again = false): Promise<void> {
  if (asksFirst(() => void sendAgain(block, send, again))) return;
  useEditor.getState().openDialog(null);
  useEditor.getState().select(block);
  await begin('replay', again, () => void sendAgain(block, send, true), send);
}

type StartCall = (what: Start, signal: AbortSignal) => Promise<{ id: string }>;

/** Whether production has to be confirmed first; `proceed` is what goes on then. */
function asksFirst(proceed: () => void): boolean {
  const { mode, isProductionConfirmed, openDialog } = useEditor.getState();
  if (mode !== 'PROD' || isProductionConfirmed) return false;
  openDialog({ kind: 'production', proceed });
  return true;
}

async function begin(kind: RunKind, again: boolean, startAgain: () => void, start: StartCall): Promise<void> {
  const { mode, notify, meta, run: before, setRun, openDialog } = useEditor.getState();
  if (before.status === 'starting') return;
  if (before.status === 'running' && !again) {
    openDialog({ kind: 'again', proceed: startAgain });
    return;
  }
  flushTyped();
  const refused = refusedFields(useEditor.getState().nodes);
  if (refused.length > 0) {
    refuse(`The flow did not start. What stands in ${refused.join(' and ')} is not stored, because it is not JSON.`);
    return;
  }
  // At once, before anything is waited for: a second click must find it. Then the flow is saved and its blocks are
  // checked, and what they ask for that may take a while to answer.
  setRun({ ...before, status: 'starting' });
  starting = new AbortController();
  const { signal } = starting;
  try {
    await saveNow();
    const flow = useEditor.getState().file ?? fileName(meta.name);
    const { id } = await start({ flow, document: currentDocument(), mode, again }, signal);
    useEditor.getState().startRun(id, kind);
    follow(id);
  } catch (error) {
    const known = error instanceof ApiError ? error : new ApiError('internal', String(error), '');
    const { run: now } = useEditor.getState();
    if (now.status === 'starting') setRun({ ...now, status: before.status });
    if (isAborted(error)) {
      notify('The flow was not started.');
      return;
    }
    if (known.code === 'alreadyRunning') {
      // Another tab, or a launch, was faster.
      openDialog({ kind: 'again', proceed: startAgain });
      void showRunUnderWay();
      return;
    }
    if (known.problems.length > 0) refuseProblems(known.problems);
    else refuse(`The flow did not start. ${plain(known.message)} ${known.hint}`);
  }
}

/** A start that was refused stands in the log, too, when its notice has gone. */
function refuse(message: string): void {
  const { run, setRun, notify } = useEditor.getState();
  setRun(addLine(run, { at: new Date().toISOString() }, 'error', 'Flow', message));
  notify(message, 'error');
}

/** Each setting that keeps the flow from starting: by its label, with a way to it. */
function refuseProblems(problems: ApiError['problems']): void {
  const state = useEditor.getState();
  const told = problems.map(({ block, path, message }) => {
    const descriptor = state.descriptors[state.nodes.find((node) => node.id === block)?.data.blockType ?? ''];
    const name = nameOfBlock(state, block);
    return {
      to: { block, path },
      name,
      label: labelOf(descriptor, path) || name,
      text: plain(sayProblem({ path, message }, descriptor)),
    };
  });
  const sentences = told.map(({ name, text }) => `${name}: ${text}`);
  let run = state.run;
  const at = new Date().toISOString();
  for (const { to, name, text } of told)
    run = addLine(run, { at }, 'error', name, `The flow did not start. ${text}`, to);
  state.setRun(run);
  state.notify(
    `The flow did not start. ${sentences.slice(0, MOST_SHOWN).join('\n')}`,
    'error',
    told.slice(0, MOST_SHOWN),
  );
}

const MOST_SHOWN = 3;

/** Opens the panel at a setting. */
export function showField({ block, path }: FieldPlace): void {
  useEditor.getState().select(block);
  useEditor.getState().showTab('settings');
  focusField(path);
}

/** The same flow with every block that can preview its work told to do so. */
export function asPreview(document: FlowDocument): FlowDocument {
  const { descriptors } = useEditor.getState();
  return {
    ...document,
    blocks: document.blocks.map((block) => {
      const schema = descriptors[block.type]?.configSchema;
      if (schema?.properties?.['dryRun']) return { ...block, config: { ...block.config, dryRun: true } };
      if (schema?.properties?.['advanced']?.properties?.['dryRun']) {
        const advanced = block.config?.['advanced'];
        const before = typeof advanced === 'object' && advanced !== null && !Array.isArray(advanced) ? advanced : {};
        return { ...block, config: { ...block.config, advanced: { ...before, dryRun: true } } };
      }
      return block;
    }),
  };
}

let starting: AbortController | undefined;

function isAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

export async function stopRun(): Promise<void> {
  const { run, notify, setStopping } = useEditor.getState();
  if (run.status === 'starting') {
    starting?.abort();
    return;
  }
  if (!run.id) return;
  try {
    await api.stopRun(run.id);
    setStopping();
    notify('Stopping: no new call is made, and calls under way are awaited');
  } catch (error) {
    notify(error instanceof Error ? error.message : String(error), 'error');
  }
}

/** Shows a run that is under way as it goes on; `isStopping` when it was asked to stop. */
export function showLiveRun({ id, kind, isStopping }: ServerRun): void {
  useEditor.getState().startRun(id, kind, isStopping);
  follow(id);
}

/** Shows the run of the open flow that is under way on the server, whoever started it; none where one is shown. */
export async function showRunUnderWay(): Promise<void> {
  const { file, run } = useEditor.getState();
  if (file === null || isUnderWay(run)) return;
  // A server that does not answer is told of elsewhere.
  const found = await api.runsUnderWay(file).catch(() => null);
  const newest = found?.runs.filter(({ id }) => !left.has(id)).at(-1);
  const { file: stillOpen, run: stillShown } = useEditor.getState();
  if (newest && stillOpen === file && !isUnderWay(stillShown) && stillShown.id !== newest.id) showLiveRun(newest);
}

const LOOK_EVERY_MS = 3000;
/** Runs under way that someone has turned away from: another run is shown on purpose. */
const left = new Set<string>();

/** Looks for runs of the open flow that were started elsewhere: when it is opened, and now and then while it is seen. */
export function watchForRuns(): void {
  useEditor.subscribe((state, before) => {
    if (state.loads !== before.loads) {
      left.clear();
      void showRunUnderWay();
    } else if (state.run.id !== before.run.id && isUnderWay(before.run) && before.run.id !== null) {
      left.add(before.run.id);
    }
  });
  setInterval(() => {
    if (document.visibilityState === 'visible') void showRunUnderWay();
  }, LOOK_EVERY_MS);
  void showRunUnderWay();
}

function follow(id: string): void {
  const source = new EventSource(`/api/runs/${id}/events`);
  // Another flow, or another run, is shown: what this one still has to say is of no interest any more.
  const leave = useEditor.subscribe((state) => {
    if (state.run.id === id) return;
    source.close();
    leave();
  });
  const { runEvent, setReconnecting, loseRun } = useEditor.getState();
  source.onopen = () => setReconnecting(false);
  source.onerror = () => {
    // The browser tries again by itself and tells the server the last event that it has; a closed stream it gave up.
    if (source.readyState !== EventSource.CLOSED) setReconnecting(true);
    else
      void find(id).then((isThere) => {
        if (useEditor.getState().run.id !== id) return;
        if (isThere) follow(id);
        else loseRun(LOST);
      });
  };
  for (const kind of EVENTS) {
    source.addEventListener(kind, (event) => {
      const { at, ...data } = JSON.parse((event as MessageEvent<string>).data) as RunEvent['data'];
      if (useEditor.getState().run.id === id) runEvent({ kind, data, at: String(at) });
      if (kind === 'runFinished') source.close();
    });
  }
}

const LOST = 'The studio was started anew and no longer has this run. Your flow is kept: run it again.';
const RETRY_MS = 1000;

async function find(id: string): Promise<boolean> {
  for (;;) {
    try {
      await api.run(id);
      return true;
    } catch (error) {
      const isOffline = error instanceof ApiError && error.code === 'offline';
      if (!isOffline) return false;
      useEditor.getState().setReconnecting(true);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
