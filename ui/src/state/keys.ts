import { removeSelected, selectAllBlocks } from './commands';
import { useEditor } from './editor';
import { focusNextRegion } from './focus';
import { startRun } from './running';

/** What each key of the editor does; `ctrl` is ⌘ on a Mac. The list of keys has words for exactly these. */
export const ACTIONS = {
  'ctrl enter': () => void startRun(),
  'ctrl z': () => useEditor.getState().undo(),
  'ctrl shift z': () => useEditor.getState().redo(),
  'ctrl y': () => useEditor.getState().redo(),
  'ctrl a': selectAllBlocks,
  'ctrl d': () => useEditor.getState().duplicate(),
  delete: removeSelected,
  backspace: removeSelected,
  f6: () => focusNextRegion(1),
  'shift f6': () => focusNextRegion(-1),
  '?': () => useEditor.getState().openDialog({ kind: 'keys' }),
};

export type Key = keyof typeof ACTIONS;
