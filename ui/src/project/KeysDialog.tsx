import { useEditor } from '../state/editor';
import { Dialog } from '../parts/Dialog';
import styles from './KeysDialog.module.css';

const KEYS: [string, string][] = [
  ['Ctrl+Enter', 'Run the flow'],
  ['Ctrl+Z', 'Undo'],
  ['Ctrl+Shift+Z, Ctrl+Y', 'Redo'],
  ['Ctrl+A', 'Select all blocks'],
  ['Ctrl+C, Ctrl+X, Ctrl+V', 'Copy, cut and paste blocks, also into another flow or tab'],
  ['Ctrl+D', 'Duplicate the selected blocks'],
  ['Delete, Backspace', 'Delete what is selected'],
  ['F6, Shift+F6', 'To the next part of the page, or the one before'],
  ['Enter in the search of the blocks', 'Add the block that is found first'],
  ['Enter on a block', 'Open its panel'],
  ['Enter on an output', 'Connect it to another block'],
  ['Arrow keys on a block', 'Move it; with Shift, further'],
  ['Shift and drag', 'Select all blocks in a rectangle'],
  ['Ctrl and click', 'Select one more block'],
  ['Context-menu key, Shift+F10', 'What can be done with what is selected'],
  ['Escape', 'From the panel back to the block; close what is open'],
  ['?', 'This list'],
];

/** All keys of the editor. */
export default function KeysDialog() {
  const { openDialog } = useEditor.getState();
  return (
    <Dialog title="Keys" size="medium" onClose={() => openDialog(null)}>
      <p>On a Mac, ⌘ does what Ctrl does elsewhere.</p>
      <dl className={styles.keys}>
        {KEYS.map(([key, what]) => (
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
