import { Graph, layout } from '@dagrejs/dagre';
import { isNote, type BlockNode, type WireEdge } from './document';
import { GAP, rectOf } from './placing';

const BETWEEN_ROWS = 60;

/** Where each block stands when the flow is laid out from left to right; notes stay where somebody has put them. */
export function tidyPlaces(nodes: BlockNode[], edges: WireEdge[]): Record<string, { x: number; y: number }> {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'LR', ranksep: GAP, nodesep: BETWEEN_ROWS });
  const rects = nodes.filter((node) => !isNote(node)).map((node) => ({ id: node.id, ...rectOf(node) }));
  for (const { id, width, height } of rects) graph.setNode(id, { width, height });
  for (const edge of edges) graph.setEdge(edge.source, edge.target, {}, edge.id);
  layout(graph);
  return Object.fromEntries(
    rects.map(({ id, width, height }) => {
      const { x, y } = graph.node(id) as { x: number; y: number };
      return [id, { x: Math.round(x - width / 2), y: Math.round(y - height / 2) }];
    }),
  );
}
