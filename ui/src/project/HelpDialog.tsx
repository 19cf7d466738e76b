import { useEditor } from '../state/editor';
import { Dialog } from '../parts/Dialog';
import styles from './HelpDialog.module.css';
import { Markdown, withoutTitle } from './Markdown';

/** The help that a block's descriptor carries. */
export default function HelpDialog({ blockType }: { blockType: string }) {
  const descriptor = useEditor((state) => state.descriptors[blockType]);
  const openDialog = useEditor((state) => state.openDialog);
  return (
    <Dialog title={descriptor?.name ?? blockType} onClose={() => openDialog(null)}>
      <div className={styles.help}>
        <Markdown text={withoutTitle(descriptor?.help || descriptor?.info || '')} />
        <p className={styles.type}>
          {blockType} · version {descriptor?.version}
        </p>
      </div>
    </Dialog>
  );
}
