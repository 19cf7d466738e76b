import { BaseEdge, EdgeLabelRenderer, type EdgeProps } from '@xyflow/react';
import { useMemo } from 'react';
import type { BlockNode, WireEdge as WireEdgeType } from '../state/document';
import { useEditor } from '../state/editor';
import { inspect } from '../state/inspect';
import { rectOf, type Rect } from '../state/placing';
import { middleOf, pathOf, routeAround } from './route';
import styles from './WireEdge.module.css';
import { words } from './words';

/** A wire with its name, if it has one, and its bubble: how many records went along it in the last run, 0 too. */
export function WireEdge(props: EdgeProps<WireEdgeType>) {
  const { id, source, target, sourceX, sourceY, targetX, targetY, selected } = props;
  const count = useEditor((state) => state.run.counts[id]);
  const names = useEditor((state) => `${nameOf(state, source)}\n${nameOf(state, target)}`);
  // As text, so that a wire is drawn anew only where its own way changes.
  const route = useMemo(() => routeOf(sourceX, sourceY, targetX, targetY), [sourceX, sourceY, targetX, targetY]);
  const [path = '', labelX, labelY] = useEditor((state) => route(state.nodes)).split('|');
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
            onClick={() => inspect(id)}
          >
            {count.toLocaleString('en')}
          </button>
        </EdgeLabelRenderer>
      )}
    </>
  );
}

/** The way of a wire among the blocks, reckoned once for each drawing of them. */
function routeOf(sourceX: number, sourceY: number, targetX: number, targetY: number): (nodes: BlockNode[]) => string {
  let seen: Rect[] | null = null;
  let found = '';
  return (nodes) => {
    const rects = rectsOf(nodes);
    if (rects === seen) return found;
    seen = rects;
    const way = routeAround({ x: sourceX, y: sourceY }, { x: targetX, y: targetY }, rects);
    const { x, y } = middleOf(way);
    found = `${pathOf(way)}|${x}|${y}`;
    return found;
  };
}

let lastNodes: BlockNode[] | null = null;
let lastRects: Rect[] = [];

/** All wires ask for the same blocks. */
function rectsOf(nodes: BlockNode[]): Rect[] {
  if (nodes !== lastNodes) {
    lastNodes = nodes;
    lastRects = nodes.map((node) => rectOf(node));
  }
  return lastRects;
}

type State = ReturnType<typeof useEditor.getState>;

function nameOf(state: State, id: string): string {
  const node = state.nodes.find((one) => one.id === id);
  return node?.data.friendlyName || state.descriptors[node?.data.blockType ?? '']?.name || id;
}
