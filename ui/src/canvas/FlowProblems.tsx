import { Panel } from '@xyflow/react';
import { Message } from '../parts/Message';
import { nameOfBlock, useEditor } from '../state/editor';
import { withNames } from '../state/problems';
import styles from './FlowProblems.module.css';
import { words } from './words';

/** What keeps the flow as a whole from running; what keeps a block from it stands on the block. */
export function FlowProblems() {
  const problems = useEditor((state) => state.problems.flow);
  const nameOf = (block: string) => nameOfBlock(useEditor.getState(), block);
  const hasBlocks = useEditor((state) => state.nodes.length > 0);
  if (!hasBlocks || problems.length === 0) return null;
  return (
    <Panel position="top-left" className={`nokey ${styles.problems ?? ''}`}>
      <details>
        <summary>
          <span className={styles.dot} aria-hidden>
            !
          </span>
          {words.flowProblems(problems.length)}
        </summary>
        <ul>
          {problems.map((one) => (
            <li key={one.message}>
              <Message text={withNames(one.message, nameOf)} />
            </li>
          ))}
        </ul>
      </details>
    </Panel>
  );
}
