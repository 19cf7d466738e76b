import { api, ApiError } from '../api/client';
import type { FlowDocument, Mode, PastRun } from '../api/types';
import { currentDocument, useEditor } from './editor';
import { pastRun } from './past';
import { isUnderWay, type RunEvent } from './run';

/** What goes on between the page and the server by itself: saving, checking, following a run. */

const SAVE_AFTER_MS = 500;
const CHECK_AFTER_MS = 300;
const EVENTS = ['runStarted', 'blockStarted', 'blockProgress', 'blockFinished', 'edgeFilled', 'logLine', 'runFinished'];
const EMPTY: FlowDocument = { name: 'New flow', blocks: [], edges: [] };

let savedText = '';
let saveTimer: ReturnType<typeof setTimeout> | undefined;
let checkTimer: ReturnType<typeof setTimeout> | undefined;
let checkedText = '';
let stream: EventSource | undefined;

export async function openProject(): Promise<void> {
  const about = await api.about();
  useEditor.getState().start(about);
  const wanted = decodeURIComponent(location.hash.slice(1));
  const first = about.flows.includes(wanted) ? wanted : about.flows[0];
  if (first && wanted !== 'new') await openFlow(first);
  else newFlow();
  useEditor.subscribe((state, before) => {
    // A run tells many things; only a change of the flow, or of what it is checked against, matters here.
    if (
      state.nodes === before.nodes &&
      state.edges === before.edges &&
      state.meta === before.meta &&
      state.mode === before.mode
    )
      return;
    scheduleSave();
    scheduleCheck();
  });
  // Whoever comes back to the page may have changed the file elsewhere, or pulled a newer one.
  addEventListener('focus', () => void askIfChanged());
  scheduleCheck();
}

/** Asks what to do when the open flow's file is another one than was opened. */
async function askIfChanged(): Promise<void> {
  const { file, version, save } = useEditor.getState();
  if (file === null || save.kind !== 'saved') return;
  const now = await api.openFlow(file).catch((error: unknown) => (error instanceof ApiError ? error : null));
  const { file: stillOpen, version: stillSeen, save: stillSaved, setSave } = useEditor.getState();
  // A server that does not answer is told of elsewhere; a save that came in between decides by itself.
  const isBusy = stillOpen !== file || stillSeen !== version || stillSaved.kind !== 'saved';
  if (now === null || isBusy) return;
  if (now instanceof ApiError) {
    if (now.code === 'notFound') setSave({ kind: 'conflict', message: `The file of \`${file}\` is gone.` });
  } else if (now.version !== version) {
    setSave({ kind: 'conflict', message: `The file of \`${file}\` was changed outside the editor.` });
  }
}

export async function openFlow(file: string): Promise<void> {
  await saveNow();
  const opened = await api.openFlow(file);
  show(file, opened.version, opened.document);
}

export function newFlow(): void {
  const { flows } = useEditor.getState();
  let name = EMPTY.name;
  for (let number = 2; flows.includes(fileName(name)); number += 1) name = `${EMPTY.name} ${number}`;
  show(null, null, { ...EMPTY, name });
}

function show(file: string | null, version: string | null, document: FlowDocument): void {
  stream?.close();
  clearTimeout(saveTimer);
  useEditor.getState().load(file, version, document);
  clearTimeout(saveTimer);
  useEditor.getState().setSave({ kind: 'saved' });
  // What the page makes of the file, not the file's own text: opening a flow must not rewrite it.
  savedText = JSON.stringify(currentDocument());
  checkedText = '';
  history.replaceState(null, '', `#${encodeURIComponent(file ?? 'new')}`);
  scheduleCheck();
}

/** The name of the file that a new flow is saved under. */
export function fileName(name: string): string {
  const plain = name
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return plain || 'flow';
}

function scheduleSave(): void {
  const { save, setSave, nodes, file } = useEditor.getState();
  if (save.kind === 'saving' || save.kind === 'conflict') return;
  if (file === null && nodes.length === 0) return;
  if (JSON.stringify(currentDocument()) === savedText) {
    // A change was taken back before it was saved.
    clearTimeout(saveTimer);
    if (save.kind === 'dirty') setSave({ kind: 'saved' });
    return;
  }
  if (save.kind !== 'dirty') setSave({ kind: 'dirty' });
  clearTimeout(saveTimer);
  saveTimer = setTimeout(() => void saveNow(), SAVE_AFTER_MS);
}

/** Saves what is not saved; `force` overwrites a file that was changed on disk, `as` saves under another name. */
export async function saveNow(options: { force?: boolean; as?: string } = {}): Promise<void> {
  clearTimeout(saveTimer);
  const { file, version, meta, nodes, flows, setSave, saved, save, notify } = useEditor.getState();
  const document = currentDocument();
  const text = JSON.stringify(document);
  if (!options.as && !options.force && (text === savedText || save.kind === 'conflict')) return;
  if (file === null && nodes.length === 0) return;
  let name = options.as ?? file ?? fileName(meta.name);
  if (file === null && !options.as) {
    for (let number = 2; flows.includes(name); number += 1) name = `${fileName(meta.name)}-${number}`;
  }
  setSave({ kind: 'saving' });
  try {
    const isNew = name !== file;
    const answer = await api.saveFlow(name, {
      document,
      version: isNew ? null : version,
      ...(options.force ? { force: true } : {}),
    });
    savedText = text;
    saved(answer.name, answer.version);
    history.replaceState(null, '', `#${encodeURIComponent(answer.name)}`);
  } catch (error) {
    const known = error instanceof ApiError ? error : new ApiError('internal', String(error), '');
    if (options.as) {
      // The flow that is open is as well or as badly saved as before.
      setSave(save);
      notify(`Not saved as “${options.as}”. ${plain(known.message)} ${known.hint}`, 'error');
      return;
    }
    setSave({ kind: known.code === 'changedOnDisk' ? 'conflict' : 'failed', message: known.message });
    if (known.code === 'offline') saveTimer = setTimeout(() => void saveNow(), 2000);
  }
}

/** Gives a flow's file another name; the flow that is open is saved first and stays open. */
export async function renameFlow(from: string, to: string): Promise<void> {
  const isOpen = useEditor.getState().file === from;
  if (isOpen) await saveNow();
  const { save, version } = useEditor.getState();
  if (isOpen && save.kind !== 'saved') throw new Error(UNSAVED);
  const before = isOpen && version !== null ? version : (await api.openFlow(from)).version;
  const renamed = await api.renameFlow(from, { name: to, version: before });
  const { saved, forget } = useEditor.getState();
  if (isOpen) {
    saved(renamed.name, renamed.version);
    history.replaceState(null, '', `#${encodeURIComponent(renamed.name)}`);
  }
  forget(from);
}

const UNSAVED = 'The open flow is not saved. Load it again or overwrite it first.';

/** Deletes a flow's file; when it was open, an empty flow takes its place. */
export async function deleteFlow(file: string): Promise<void> {
  const isOpen = useEditor.getState().file === file;
  // A change that waits to be saved must not bring the file back.
  if (isOpen) clearTimeout(saveTimer);
  await api.deleteFlow(file);
  useEditor.getState().forget(file);
  if (isOpen) newFlow();
}

export async function reloadFlow(): Promise<void> {
  const { file } = useEditor.getState();
  if (file === null) return;
  const opened = await api.openFlow(file);
  show(file, opened.version, opened.document);
}

/** Checks anew what stands on the canvas: something beside the flow changed, such as a connection. */
export function recheck(): void {
  checkedText = '';
  scheduleCheck();
}

function scheduleCheck(): void {
  const { mode, flows, project } = useEditor.getState();
  const document = currentDocument();
  const text = JSON.stringify([
    mode,
    flows.length,
    project,
    document.blocks.map((one) => [one.id, one.type, one.config]),
    document.edges,
  ]);
  if (text === checkedText) return;
  checkedText = text;
  clearTimeout(checkTimer);
  checkTimer = setTimeout(() => {
    api
      .check(document, mode)
      .then((problems) => {
        if (text === checkedText) useEditor.getState().setProblems(problems);
      })
      .catch(() => {
        checkedText = '';
      });
  }, CHECK_AFTER_MS);
}

/** A sentence of the server without the marks around names. */
function plain(message: string): string {
  return message.replaceAll('`', '');
}

/** Shows a run of the past where the last one was shown. */
export function showPastRun(run: PastRun): void {
  stream?.close();
  const { setRun, run: before } = useEditor.getState();
  setRun(pastRun(run, before.log));
}

interface RunOptions {
  until?: string;
  isPreview?: boolean;
}

/** Starts a run of what is on the canvas; `until` ends it before that block, `isPreview` writes nothing. */
export async function startRun(options: RunOptions = {}): Promise<void> {
  if (!options.isPreview && asksFirst(() => void startRun(options))) return;
  await begin((flow, document, mode, signal) =>
    api.startRun(
      {
        flow,
        document: options.isPreview ? asPreview(document) : document,
        mode,
        ...(options.until ? { until: options.until } : {}),
      },
      signal,
    ),
  );
}

/** Sends the failed items of a namespace through a block once more, and shows that as any other run. */
export async function startReplay(namespace: string, block: string): Promise<void> {
  if (asksFirst(() => void startReplay(namespace, block))) return;
  useEditor.getState().openDialog(null);
  useEditor.getState().select(block);
  await begin((flow, document, mode, signal) => api.replay(namespace, { flow, document, mode, block }, signal));
}

/** Whether production has to be confirmed first; `proceed` is what goes on then. */
function asksFirst(proceed: () => void): boolean {
  const { mode, isProductionConfirmed, openDialog } = useEditor.getState();
  if (mode !== 'PROD' || isProductionConfirmed) return false;
  openDialog({ kind: 'production', proceed });
  return true;
}

async function begin(
  start: (flow: string, document: FlowDocument, mode: Mode, signal: AbortSignal) => Promise<{ id: string }>,
): Promise<void> {
  const { mode, notify, meta, run } = useEditor.getState();
  if (isUnderWay(run)) return;
  await saveNow();
  const before = useEditor.getState().run;
  // The blocks are checked first, and what they ask for that may take a while to answer.
  useEditor.getState().setRun({ ...before, status: 'starting' });
  starting = new AbortController();
  try {
    const { id } = await start(
      useEditor.getState().file ?? fileName(meta.name),
      currentDocument(),
      mode,
      starting.signal,
    );
    useEditor.getState().startRun(id);
    follow(id);
  } catch (error) {
    const known = error instanceof ApiError ? error : new ApiError('internal', String(error), '');
    useEditor.getState().setRun(before);
    if (isAborted(error)) {
      notify('The flow was not started.');
      return;
    }
    notify(`The flow did not start. ${plain(known.message)} ${known.hint}`, 'error');
  }
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

function follow(id: string): void {
  stream?.close();
  const source = new EventSource(`/api/runs/${id}/events`);
  stream = source;
  const { runEvent, setReconnecting, loseRun } = useEditor.getState();
  source.onopen = () => setReconnecting(false);
  source.onerror = () => {
    // The browser tries again by itself and tells the server the last event that it has; a closed stream it gave up.
    if (source.readyState !== EventSource.CLOSED) setReconnecting(true);
    else void find(id).then((isThere) => (isThere ? follow(id) : loseRun(LOST)));
  };
  for (const kind of EVENTS) {
    source.addEventListener(kind, (event) => {
      const data = JSON.parse((event as MessageEvent<string>).data) as RunEvent['data'];
      runEvent({ kind, data, at: new Date().toISOString() });
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
