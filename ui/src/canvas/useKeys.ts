import { useEffect } from 'react';
import { copiedText, pasteText, removeSelected } from '../state/commands';
import { ACTIONS, type Key } from '../state/keys';

/** Where keys belong to what is typed: not on boxes that are only ticked. */
const TEXT = 'textarea, select, [contenteditable="true"], input:not([type=checkbox], [type=radio], [type=button])';

/** A list that is closed shows what was chosen: nothing is being typed that a key could take back. */
const AT_REST = '[role=combobox][aria-expanded=false]';
const UNDOING = new Set<Key>(['ctrl z', 'ctrl shift z', 'ctrl y']);
/** Keys that mean nothing where text is typed. */
const ANYWHERE = new Set<Key>(['ctrl enter', 'f6', 'shift f6']);

function isDialogOpen(): boolean {
  return document.querySelector('dialog[open]') !== null;
}

function isElsewhere(target: EventTarget | null, isUndoing = false): boolean {
  if (isDialogOpen()) return true;
  if (!(target instanceof Element) || (isUndoing && target.matches(AT_REST))) return false;
  return target.closest(TEXT) !== null;
}

/** Whether text is marked that a copy would rather mean. */
function isTextMarked(): boolean {
  return getSelection()?.isCollapsed === false;
}

/** The key with what is held beside it; Shift counts only where it means another thing. */
function keyOf(event: KeyboardEvent): Key | undefined {
  const key = event.key.toLowerCase();
  const isControl = event.ctrlKey || event.metaKey;
  const name = `${isControl ? 'ctrl ' : ''}${event.shiftKey && (isControl || key === 'f6') ? 'shift ' : ''}${key}`;
  return !event.altKey && name in ACTIONS ? (name as Key) : undefined;
}

/** The keys of the editor, and the clipboard of the browser. */
export function useKeys(): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const key = keyOf(event);
      if (!key || (ANYWHERE.has(key) ? isDialogOpen() : isElsewhere(event.target, UNDOING.has(key)))) return;
      event.preventDefault();
      // A run that is asked for by a key that is held down is asked for once.
      if (!event.repeat || key !== 'ctrl enter') ACTIONS[key]();
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
