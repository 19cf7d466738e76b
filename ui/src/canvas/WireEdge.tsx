import { BaseEdge, EdgeLabelRenderer, getSmoothStepPath, type EdgeProps } from '@xyflow/react';
import type { WireEdge as WireEdgeType } from '../state/document';
import { useEditor } from '../state/editor';
import styles from './WireEdge.module.css';
import { words } from './words';

/** A wire with its name, if it has one, and its bubble: how many records went along it in the last run, 0 too. */
export function WireEdge(props: EdgeProps<WireEdgeType>) {
  const { id, source, target, sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, selected } = props;
  const count = useEditor((state) => state.run.counts[id]);
  const names = useEditor((state) => `${nameOf(state, source)}\n${nameOf(state, target)}`);
  const openDialog = useEditor((state) => state.openDialog);
  const [path, labelX, labelY] = getSmoothStepPath({
    sourceX,
    sourceY,
    targetX,
    targetY,
    sourcePosition,
    targetPosition,
    borderRadius: 14,
  });
  const [from = '', to = ''] = names.split('\n');
  const label = props.data?.label;
  return (
    <>
      <BaseEdge
        id={id}
        path={path}
        interactionWidth={24}
        className={selected ? (styles.selected ?? '') : (styles.wire ?? '')}
      />
      {label && (
        <EdgeLabelRenderer>
          <span
            className={styles.label ?? ''}
            style={{ transform: `translate(-50%, 18px) translate(${labelX}px, ${labelY}px)` }}
            title={label}
          >
            {label}
          </span>
        </EdgeLabelRenderer>
      )}
      {count !== undefined && (
        <EdgeLabelRenderer>
          <button
            type="button"
            className={`nodrag nopan ${styles.bubble ?? ''}`}
            style={{ transform: `translate(-50%, -50%) translate(${labelX}px, ${labelY}px)` }}
            aria-label={words.bubble(count, from, to)}
            onClick={() => openDialog({ kind: 'edge', edge: id, tab: 'items' })}
          >
            {count.toLocaleString('en')}
          </button>
        </EdgeLabelRenderer>
      )}
    </>
  );
}

type State = ReturnType<typeof useEditor.getState>;

function nameOf(state: State, id: string): string {
  const node = state.nodes.find((one) => one.id === id);
  return node?.data.friendlyName || state.descriptors[node?.data.blockType ?? '']?.name || id;
}
