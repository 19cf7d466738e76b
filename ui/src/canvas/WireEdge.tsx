import { BaseEdge, EdgeLabelRenderer, type EdgeProps } from '@xyflow/react';
import { useMemo } from 'react';
import type { BlockNode, WireEdge as WireEdgeType } from '../state/document';
import { useEditor } from '../state/editor';
import { inspect } from '../state/inspect';
import { rectOf, type Rect } from '../state/placing';
import { useCountPlace } from './counts';
import { pathOf, routeAround, type Point } from './route';
import styles from './WireEdge.module.css';
import { words } from './words';

/** A wire with its name, if it has one, and its bubble: how many records went along it in the last run, 0 too. */
export function WireEdge(props: EdgeProps<WireEdgeType>) {
  const { id, source, target, sourceX, sourceY, targetX, targetY, selected } = props;
  const count = useEditor((state) => state.run.counts[id]);
  const names = useEditor((state) => `${nameOf(state, source)}\n${nameOf(state, target)}`);
  // The same one, so that a wire is drawn anew only where its own way changes.
  const route = useMemo(() => routeOf(sourceX, sourceY, targetX, targetY), [sourceX, sourceY, targetX, targetY]);
  const way = useEditor((state) => route(state.nodes));
  const text = count?.toLocaleString('en');
  const place = useCountPlace(id, way, text);
  const [from = '', to = ''] = names.split('\n');
  const label = props.data?.label;
  return (
    <>
      <BaseEdge
        id={id}
        path={pathOf(way)}
        interactionWidth={24}
        className={selected ? (styles.selected ?? '') : (styles.wire ?? '')}
      />
      {label && (
        <EdgeLabelRenderer>
          <span
            className={styles.label ?? ''}
            style={{ transform: `translate(-50%, 18px) translate(${place.x}px, ${place.y}px)` }}
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
            style={{ transform: `translate(-50%, -50%) translate(${place.x}px, ${place.y}px)` }}
            aria-label={words.bubble(count, from, to)}
            onClick={(event) => {
              // A look at it selects nothing: what the panel tells of stays selected.
              event.stopPropagation();
              inspect(id);
            }}
          >
            {text}
          </button>
        </EdgeLabelRenderer>
      )}
    </>
  );
}

/** The way of a wire among the blocks, reckoned once for each drawing of them. */
function routeOf(sourceX: number, sourceY: number, targetX: number, targetY: number): (nodes: BlockNode[]) => Point[] {
  let seen: Rect[] | null = null;
  let found: Point[] = [];
  return (nodes) => {
    const rects = rectsOf(nodes);
    if (rects === seen) return found;
    seen = rects;
    const way = routeAround({ x: sourceX, y: sourceY }, { x: targetX, y: targetY }, rects);
    if (pathOf(way) !== pathOf(found)) found = way;
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
