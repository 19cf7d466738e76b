import { Icon } from '../parts/Icon';
import { useEditor } from '../state/editor';
import { isUnderWay } from '../state/run';
import { startReplay } from '../state/running';
import { keepingTitles, type NamespaceWriter } from './namespaceWriters';
import styles from './Stores.module.css';
import { words } from './words';

interface Props {
  namespace: string;
  /** The blocks of the open flow that keep their failures there. */
  writers: NamespaceWriter[];
  /** The one that is chosen. */
  block: NamespaceWriter | undefined;
  onChoose: (block: string) => void;
}

/** Sends a namespace's failed items through the block that keeps them there, or says why that cannot be. */
export function ReplayBar({ namespace, writers, block, onChoose }: Props) {
  const nodes = useEditor((state) => state.nodes);
  const descriptors = useEditor((state) => state.descriptors);
  const isRunning = useEditor((state) => isUnderWay(state.run));
  if (!block) return <p className={styles.replay}>{words.noBlock(namespace, keepingTitles(nodes, descriptors))}</p>;
  if (isRunning) return <p className={styles.replay}>{words.running}</p>;
  return (
    <div className={styles.replay}>
      {writers.length > 1 && (
        <label>
          {words.chooseBlock}{' '}
          <select className="input" value={block.id} onChange={(event) => onChoose(event.target.value)}>
            {writers.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name} ({one.id})
              </option>
            ))}
          </select>
        </label>
      )}
      <button type="button" className="button primary" onClick={() => void startReplay(namespace, block.id)}>
        <Icon icon="loop" size={16} /> {writers.length > 1 ? words.replay : words.replayThrough(block.name)}
      </button>
      <span className={styles.help}>{words.replayHelp}</span>
    </div>
  );
}
