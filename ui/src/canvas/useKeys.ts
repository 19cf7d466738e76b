import { useEffect } from 'react';
import { copiedText, pasteText, removeSelected, selectAllBlocks } from '../state/commands';
import { focusNextRegion } from '../state/focus';
import { useEditor } from '../state/editor';
import { startRun } from '../state/running';

/** Where keys belong to what is typed: not on boxes that are only ticked. */
const TEXT = 'textarea, select, [contenteditable="true"], input:not([type=checkbox], [type=radio], [type=button])';

/** A list that is closed shows what was chosen: nothing is being typed that a key could take back. */
const AT_REST = '[role=combobox][aria-expanded=false]';
const UNDOING = new Set(['z', 'shift z', 'y']);

function isElsewhere(target: EventTarget | null, isUndoing = false): boolean {
  if (document.querySelector('dialog[open]')) return true;
  if (!(target instanceof Element) || (isUndoing && target.matches(AT_REST))) return false;
  return target.closest(TEXT) !== null;
}

/** Whether text is marked that a copy would rather mean. */
function isTextMarked(): boolean {
  return getSelection()?.isCollapsed === false;
}

/** What each key does; with Ctrl, or ⌘ on a Mac. */
const WITH_CONTROL: Record<string, () => void> = {
  z: () => useEditor.getState().undo(),
  'shift z': () => useEditor.getState().redo(),
  y: () => useEditor.getState().redo(),
  a: selectAllBlocks,
  d: () => useEditor.getState().duplicate(),
};

const ALONE: Record<string, () => void> = {
  delete: removeSelected,
  backspace: removeSelected,
  '?': () => useEditor.getState().openDialog({ kind: 'keys' }),
};

/** The keys of the editor, and the clipboard of the browser. */
export function useKeys(): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const isControl = event.ctrlKey || event.metaKey;
      if (event.key === 'F6' && !isControl && !event.altKey && !document.querySelector('dialog[open]')) {
        event.preventDefault();
        focusNextRegion(event.shiftKey ? -1 : 1);
        return;
      }
      if (isControl && event.key === 'Enter') {
        if (document.querySelector('dialog[open]')) return;
        event.preventDefault();
        // A key that is held down asks once.
        if (!event.repeat) void startRun();
        return;
      }
      const key = event.shiftKey && isControl ? `shift ${event.key.toLowerCase()}` : event.key.toLowerCase();
      if (event.altKey || isElsewhere(event.target, isControl && UNDOING.has(key))) return;
      const action = (isControl ? WITH_CONTROL : ALONE)[key];
      if (!action) return;
      event.preventDefault();
      action();
    };
    const onCopy = (event: ClipboardEvent) => {
      if (isElsewhere(event.target) || isTextMarked()) return;
      const text = copiedText();
      if (text === null) return;
      event.clipboardData?.setData('text/plain', text);
      event.preventDefault();
      if (event.type === 'cut') removeSelected();
    };
    const onPaste = (event: ClipboardEvent) => {
      if (isElsewhere(event.target)) return;
      if (pasteText(event.clipboardData?.getData('text/plain') ?? '')) event.preventDefault();
    };
    addEventListener('keydown', onKeyDown);
    addEventListener('copy', onCopy);
    addEventListener('cut', onCopy);
    addEventListener('paste', onPaste);
    return () => {
      removeEventListener('keydown', onKeyDown);
      removeEventListener('copy', onCopy);
      removeEventListener('cut', onCopy);
      removeEventListener('paste', onPaste);
    };
  }, []);
}
