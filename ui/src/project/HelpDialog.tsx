import { useEditor } from '../state/editor';
import { Dialog } from '../parts/Dialog';
import styles from './HelpDialog.module.css';
import { Inlines } from '../parts/Inlines';
import { parseMarkdown, type Block } from '../parts/markdown';

/** The help that a block's descriptor carries. */
export default function HelpDialog({ blockType }: { blockType: string }) {
  const descriptor = useEditor((state) => state.descriptors[blockType]);
  const openDialog = useEditor((state) => state.openDialog);
  const blocks = parseMarkdown(descriptor?.help || descriptor?.info || '');
  // The help's own first heading would say the dialog's title again.
  const [first, ...rest] = blocks;
  const shown = first?.kind === 'heading' && first.level === 1 ? rest : blocks;
  return (
    <Dialog title={descriptor?.name ?? blockType} onClose={() => openDialog(null)}>
      <div className={styles.help}>
        {shown.map((block, at) => (
          <BlockView key={at} block={block} />
        ))}
        <p className={styles.type}>
          {blockType} · version {descriptor?.version}
        </p>
      </div>
    </Dialog>
  );
}

function BlockView({ block }: { block: Block }) {
  switch (block.kind) {
    case 'heading':
      return (
        <h3>
          <Inlines inlines={block.inlines} />
        </h3>
      );
    case 'paragraph':
      return (
        <p>
          <Inlines inlines={block.inlines} />
        </p>
      );
    case 'code':
      return <pre>{block.text}</pre>;
    case 'list':
      return (
        <ul>
          {block.items.map((item, at) => (
            <li key={at}>
              <Inlines inlines={item} />
            </li>
          ))}
        </ul>
      );
    case 'table':
      return (
        <table>
          <thead>
            <tr>
              {block.head.map((cell, at) => (
                <th key={at} scope="col">
                  <Inlines inlines={cell} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {block.rows.map((row, at) => (
              <tr key={at}>
                {row.map((cell, column) => (
                  <td key={column}>
                    <Inlines inlines={cell} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      );
  }
}
