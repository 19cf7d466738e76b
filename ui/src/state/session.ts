import { ANSWERED, api, ApiError } from '../api/client';
import { exactText } from '../api/exact';
import type { FlowDocument } from '../api/types';
import { currentDocument, type SaveState, useEditor } from './editor';
import { flushTyped, forgetRefused, refusedFields } from './pending';

/** The open flow and its file: opening, saving by itself, checking, renaming, deleting. */

const SAVE_AFTER_MS = 500;
const CHECK_AFTER_MS = 300;
const LARGE_AFTER_MS = 2500;
const LARGE_LETTERS = 500_000;
const EMPTY: FlowDocument = { name: 'New flow', blocks: [], edges: [] };

let savedText = '';
let savedMark = '';
let lastSave: Promise<void> = Promise.resolve();
let saveTimer: ReturnType<typeof setTimeout> | undefined;
let checkTimer: ReturnType<typeof setTimeout> | undefined;
let checkedText = '';

export async function openProject(): Promise<void> {
  const about = await api.about();
  useEditor.getState().start(about);
  const wanted = decodeURIComponent(location.hash.slice(1));
  if (wanted === 'new') showNew();
  else await openOneOf([...new Set([...about.flows.filter((one) => one === wanted), ...about.flows])]);
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
  addEventListener('beforeunload', (event) => {
    const { save, nodes } = useEditor.getState();
    if (save.kind !== 'saved' || refusedFields(nodes).length > 0) event.preventDefault();
  });
  addEventListener(ANSWERED, () => {
    const { notice } = useEditor.getState();
    if (notice?.tone === 'error' && notice.text.includes('studio does not answer'))
      useEditor.setState({ notice: null });
  });
  scheduleCheck();
}

/** Opens the first flow that can be opened: one file that is broken must not keep the others from being worked on. */
async function openOneOf(names: string[]): Promise<void> {
  const broken: string[] = [];
  for (const name of names) {
    try {
      await openFlow(name);
      break;
    } catch (error) {
      const isBroken = error instanceof ApiError && error.code !== 'offline';
      if (!isBroken) throw error;
      broken.push(`The flow “${name}” cannot be opened. ${plain(error.message)}`);
    }
  }
  if (broken.length === names.length) showNew();
  if (broken.length > 0) useEditor.getState().notify(broken.join('\n'), 'error');
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
  await leave();
  const opened = await api.openFlow(file);
  show(file, opened.version, opened.document);
}

/** Loads the page anew, once nothing of the flow can be lost by that. */
export async function reloadPage(): Promise<void> {
  await leave();
  location.reload();
}

export async function newFlow(): Promise<void> {
  await leave();
  showNew();
}

/** Whether there is nothing to save: a new flow without a block. */
function isEmpty(): boolean {
  const { file, nodes } = useEditor.getState();
  return file === null && nodes.length === 0;
}

/** Saves the open flow before another takes its place; throws where something of it would be lost. */
async function leave(): Promise<void> {
  // What is typed while that is on its way is saved, too.
  do await saveNow();
  while (!isEmpty() && ['dirty', 'saving'].includes(useEditor.getState().save.kind));
  const { nodes, save } = useEditor.getState();
  const refused = refusedFields(nodes);
  if (refused.length > 0) {
    throw new Error(`What stands in ${refused.join(' and ')} is not stored, because it is not JSON. Mend it first.`);
  }
  if (save.kind !== 'saved' && !isEmpty()) throw new Error(unsaved(save));
}

function showNew(): void {
  const { flows } = useEditor.getState();
  let name = EMPTY.name;
  for (let number = 2; flows.includes(fileName(name)); number += 1) name = `${EMPTY.name} ${number}`;
  show(null, null, { ...EMPTY, name });
}

function show(file: string | null, version: string | null, document: FlowDocument): void {
  clearTimeout(saveTimer);
  forgetRefused();
  useEditor.getState().load(file, version, document);
  clearTimeout(saveTimer);
  useEditor.getState().setSave({ kind: 'saved' });
  // What the page makes of the file, not the file's own text: opening a flow must not rewrite it.
  savedText = exactText(currentDocument());
  savedMark = mark();
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

const numbers = new WeakMap<object, number>();
let lastNumber = 0;

/** A number for a configuration: it is never changed, only replaced, so equal numbers mean that nothing was typed. */
function numberOf(config: object): number {
  const known = numbers.get(config);
  if (known !== undefined) return known;
  lastNumber += 1;
  numbers.set(config, lastNumber);
  return lastNumber;
}

/** Whether something changed, without writing out test data of megabytes at each step of a drag. */
function mark(): string {
  const { meta, nodes, edges } = useEditor.getState();
  return exactText([
    meta,
    nodes.map(({ id, position, data }) => [
      id,
      data.blockType,
      data.friendlyName,
      data.collapse,
      Math.round(position.x),
      Math.round(position.y),
      numberOf(data.config),
    ]),
    edges.map(({ id, source, sourceHandle, target, targetHandle, data }) => [
      id,
      source,
      sourceHandle,
      target,
      targetHandle,
      data?.label,
    ]),
  ]);
}

function scheduleSave(): void {
  const { save, setSave, nodes, file } = useEditor.getState();
  if (save.kind === 'saving' || save.kind === 'conflict') return;
  if (file === null && nodes.length === 0) return;
  if (mark() === savedMark) {
    // A change was taken back before it was saved.
    clearTimeout(saveTimer);
    if (save.kind === 'dirty') setSave({ kind: 'saved' });
    return;
  }
  if (save.kind !== 'dirty') setSave({ kind: 'dirty' });
  clearTimeout(saveTimer);
  saveTimer = setTimeout(() => void saveNow(), isLarge() ? LARGE_AFTER_MS : SAVE_AFTER_MS);
}

/** Whether so much is in the flow that sending it would hold up a hand that only pauses. */
function isLarge(): boolean {
  const { nodes } = useEditor.getState();
  return nodes.some(({ data }) =>
    Object.values(data.config).some((value) => typeof value === 'string' && value.length > LARGE_LETTERS),
  );
}

interface SaveOptions {
  /** Overwrites a file that was changed on disk. */
  force?: boolean;
  /** Saves under another name. */
  as?: string;
}

/** Saves what is not saved, after the save that is under way: each knows the version that the one before has made. */
export function saveNow(options: SaveOptions = {}): Promise<void> {
  flushTyped();
  lastSave = lastSave.then(() => save(options));
  return lastSave;
}

async function save(options: SaveOptions): Promise<void> {
  clearTimeout(saveTimer);
  const { file, version, meta, nodes, flows, setSave, saved, save: before, notify } = useEditor.getState();
  const document = currentDocument();
  const text = exactText(document);
  const marked = mark();
  if (!options.as && !options.force && before.kind === 'conflict') return;
  if (!options.as && !options.force && text === savedText) {
    // What could not be saved was taken back.
    savedMark = marked;
    setSave({ kind: 'saved' });
    return;
  }
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
    savedMark = marked;
    saved(answer.name, answer.version);
    history.replaceState(null, '', `#${encodeURIComponent(answer.name)}`);
    // What was changed while that was on its way.
    scheduleSave();
  } catch (error) {
    const known = error instanceof ApiError ? error : new ApiError('internal', String(error), '');
    if (options.as) {
      // The flow that is open is as well or as badly saved as before.
      setSave(before);
      notify(`Not saved as “${options.as}”. ${plain(known.message)} ${known.hint}`, 'error');
      scheduleSave();
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
  if (isOpen && save.kind !== 'saved') throw new Error(unsaved(save));
  const before = isOpen && version !== null ? version : (await api.openFlow(from)).version;
  const renamed = await api.renameFlow(from, { name: to, version: before });
  const { saved, forget } = useEditor.getState();
  if (isOpen) {
    saved(renamed.name, renamed.version);
    history.replaceState(null, '', `#${encodeURIComponent(renamed.name)}`);
  }
  forget(from);
}

function unsaved(save: SaveState): string {
  switch (save.kind) {
    case 'conflict':
      return 'The open flow is not saved. Load it again or overwrite it first.';
    case 'failed':
      return `The open flow is not saved. ${plain(save.message)} Try again, or save it under another name first.`;
    default:
      return 'The open flow is still being saved. Try again.';
  }
}

/** Deletes a flow's file; when it was open, an empty flow takes its place. */
export async function deleteFlow(file: string): Promise<void> {
  const isOpen = useEditor.getState().file === file;
  if (isOpen) {
    // A change that is being saved, or waits to be, must not bring the file back.
    await lastSave;
    clearTimeout(saveTimer);
  }
  await api.deleteFlow(file);
  useEditor.getState().forget(file);
  if (isOpen) showNew();
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
  const { nodes, edges } = useEditor.getState();
  const text = exactText([
    mode,
    flows.length,
    project,
    nodes.map(({ id, data }) => [id, data.blockType, numberOf(data.config)]),
    edges.map(({ id, source, sourceHandle, target, targetHandle }) => [id, source, sourceHandle, target, targetHandle]),
  ]);
  if (text === checkedText) return;
  checkedText = text;
  clearTimeout(checkTimer);
  checkTimer = setTimeout(
    () => {
      api
        .check(currentDocument(), mode)
        .then((problems) => {
          if (text === checkedText) useEditor.getState().setProblems(problems);
        })
        .catch(() => {
          checkedText = '';
        });
    },
    isLarge() ? LARGE_AFTER_MS : CHECK_AFTER_MS,
  );
}

/** A sentence of the server without the marks around names. */
export function plain(message: string): string {
  return message.replaceAll('`', '');
}
