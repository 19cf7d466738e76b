import { useEditor } from '../state/editor';
import type { Key } from '../state/keys';
import { Dialog } from '../parts/Dialog';
import styles from './KeysDialog.module.css';

/** Every key that the editor answers everywhere, and those of the clipboard, which the browser makes of them. */
const EVERYWHERE: Record<Key | 'ctrl c' | 'ctrl x' | 'ctrl v', string> = {
  'ctrl enter': 'Run the flow',
  'ctrl z': 'Undo',
  'ctrl shift z': 'Redo',
  'ctrl y': 'Redo',
  'ctrl a': 'Select all blocks',
  'ctrl c': 'Copy blocks, also for another flow or tab',
  'ctrl x': 'Cut blocks',
  'ctrl v': 'Paste blocks',
  'ctrl d': 'Duplicate the selected blocks',
  delete: 'Delete what is selected',
  backspace: 'Delete what is selected',
  f6: 'To the next part of the page',
  'shift f6': 'To the part of the page before',
  '?': 'This list',
};

/** What keys and the mouse do at a place of their own. */
const AT_A_PLACE: [string, string][] = [
  ['Enter in the search of the blocks', 'Add the block that is found first'],
  ['Enter on a block', 'Open its panel'],
  ['Enter on an output', 'Connect it to another block'],
  ['Arrow keys on a block', 'Move it; with Shift, further'],
  ['Arrow keys on the edge of panel or log', 'Resize it'],
  ['Arrow keys on the corner of a note', 'Resize it'],
  ['Shift and drag', 'Select all blocks in a rectangle'],
  ['Ctrl and click', 'Select one more block'],
  ['Context-menu key, Shift+F10', 'What can be done with what is selected'],
  ['Escape', 'From the panel or a note back to the block; close what is open'],
];

/** `ctrl shift z` as it stands on the keyboard. */
function nameOf(key: string): string {
  return key
    .split(' ')
    .map((one) => one.charAt(0).toUpperCase() + one.slice(1))
    .join('+');
}

/** Keys that do the same share a line. */
function lines(): [string, string][] {
  const found = new Map<string, string[]>();
  for (const [key, what] of Object.entries(EVERYWHERE)) found.set(what, [...(found.get(what) ?? []), nameOf(key)]);
  return [...[...found].map(([what, keys]): [string, string] => [keys.join(', '), what]), ...AT_A_PLACE];
}

/** All keys of the editor. */
export default function KeysDialog() {
  const { openDialog } = useEditor.getState();
  return (
    <Dialog title="Keys" size="medium" onClose={() => openDialog(null)}>
      <p>On a Mac, ⌘ does what Ctrl does elsewhere.</p>
      <dl className={styles.keys}>
        {lines().map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
