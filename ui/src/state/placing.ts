import type { Descriptor } from '../api/types';
import { closesCircle, type BlockNode, type WireEdge } from './document';

/** Where a new block goes, and what it is wired to. */

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Ends {
  source: string;
  sourceHandle: string;
  target: string;
  targetHandle: string;
}

type Descriptors = Record<string, Descriptor>;

/** Room for a wire and its count. */
export const GAP = 110;
const BETWEEN = 30;
const STEP = 20;
const MOST_STEPS = 400;
// What runs after a fatal error is no next step of the flow.
const ERROR_OUTPUT = 'Error';
const USUAL = { width: 320, height: 220 };

export function rectOf(node: BlockNode, descriptors: Descriptors = {}): Rect {
  const usual = descriptors[node.data.blockType];
  return {
    ...node.position,
    width: node.measured?.width ?? usual?.width ?? USUAL.width,
    height: node.measured?.height ?? usual?.height ?? USUAL.height,
  };
}

export function overlaps(a: Rect, b: Rect, between = 0): boolean {
  return (
    a.x < b.x + b.width + between &&
    b.x < a.x + a.width + between &&
    a.y < b.y + b.height + between &&
    b.y < a.y + a.height + between
  );
}

/** The place nearest to the wanted one, above or below it, where nothing lies. */
export function freeGround(taken: Rect[], wanted: Rect): { x: number; y: number } {
  for (let step = 0; step < MOST_STEPS; step += 1) {
    for (const y of [wanted.y + step * STEP, wanted.y - step * STEP]) {
      const here = { ...wanted, y };
      if (!taken.some((one) => overlaps(here, one, BETWEEN))) return { x: wanted.x, y };
    }
  }
  return { x: wanted.x, y: wanted.y };
}

/** The rectangle around some. */
export function around(rects: Rect[]): Rect {
  const x = Math.min(...rects.map((one) => one.x));
  const y = Math.min(...rects.map((one) => one.y));
  return {
    x,
    y,
    width: Math.max(...rects.map((one) => one.x + one.width)) - x,
    height: Math.max(...rects.map((one) => one.y + one.height)) - y,
  };
}

/** Beside the block that it is wired to, or that is selected, or beside the last one; where a flow begins if there is none. */
export function placeFor(
  nodes: BlockNode[],
  descriptors: Descriptors,
  size: { width: number; height: number },
  source: string | undefined,
): { x: number; y: number } {
  const rects = nodes.map((node) => ({ id: node.id, isSelected: node.selected, ...rectOf(node, descriptors) }));
  const rightmost = [...rects].sort((a, b) => b.x + b.width - (a.x + a.width))[0];
  const anchor = rects.find((one) => one.id === source) ?? rects.find((one) => one.isSelected) ?? rightmost;
  if (!anchor) return { x: 40, y: 100 };
  return freeGround(rects, { x: anchor.x + anchor.width + GAP, y: anchor.y, ...size });
}

/** The outputs of a block that nothing is wired to. */
function freeOutputs(node: BlockNode, edges: WireEdge[], descriptors: Descriptors): string[] {
  const labels = descriptors[node.data.blockType]?.outputLabels ?? [];
  const taken = new Set(edges.filter((edge) => edge.source === node.id).map((edge) => edge.sourceHandle ?? 'o0'));
  return labels.flatMap((label, at) => (label === ERROR_OUTPUT || taken.has(`o${at}`) ? [] : [`o${at}`]));
}

/**
 * The wire to a new block, where only one can be meant: from the free output of the selected block (its first, when
 * none is wired yet), or from the only free output of the flow when the selected block has none.
 */
export function wireFor(
  nodes: BlockNode[],
  edges: WireEdge[],
  descriptors: Descriptors,
  target: { id: string; inputs: number },
): Ends | null {
  if (target.inputs === 0) return null;
  const ends = (source: string, sourceHandle: string) => ({
    source,
    sourceHandle,
    target: target.id,
    targetHandle: 'i0',
  });
  const chosen = nodes.filter((node) => node.selected);
  const only = chosen.length === 1 ? chosen[0] : undefined;
  if (only) {
    const free = freeOutputs(only, edges, descriptors);
    const all = freeOutputs(only, [], descriptors).length;
    if (free[0] !== undefined && (free.length === 1 || free.length === all)) return ends(only.id, free[0]);
    if (free.length > 0) return null;
  }
  const everywhere = nodes.flatMap((node) => freeOutputs(node, edges, descriptors).map((handle) => ({ node, handle })));
  const [found, another] = everywhere;
  return found && !another ? ends(found.node.id, found.handle) : null;
}

/** The input that a wire takes which was dropped on the body of a block: the first that is free, or the first. */
export function inputOf(node: BlockNode, edges: WireEdge[], descriptors: Descriptors): string | null {
  const count = descriptors[node.data.blockType]?.numInputs ?? 1;
  if (count === 0) return null;
  const taken = new Set(edges.filter((edge) => edge.target === node.id).map((edge) => edge.targetHandle ?? 'i0'));
  const handles = Array.from({ length: count }, (_, at) => `i${at}`);
  return handles.find((handle) => !taken.has(handle)) ?? 'i0';
}

/** The output that a wire takes which was drawn backwards and dropped on the body of a block. */
export function outputOf(node: BlockNode, edges: WireEdge[], descriptors: Descriptors): string | null {
  return (
    freeOutputs(node, edges, descriptors)[0] ?? ((descriptors[node.data.blockType]?.numOutputs ?? 0) > 0 ? 'o0' : null)
  );
}

/** The two wires that take the place of one when a block is put onto it; null where it cannot stand there. */
export function insertion(
  edge: WireEdge,
  node: BlockNode,
  edges: WireEdge[],
  descriptors: Descriptors,
): [Ends, Ends] | null {
  const descriptor = descriptors[node.data.blockType];
  const isPassage = (descriptor?.numInputs ?? 0) > 0 && (descriptor?.numOutputs ?? 0) > 0;
  if (!isPassage || edge.source === node.id || edge.target === node.id) return null;
  const others = edges.filter((one) => one.id !== edge.id);
  if (closesCircle(others, edge.source, node.id) || closesCircle(others, node.id, edge.target)) return null;
  return [
    { source: edge.source, sourceHandle: edge.sourceHandle ?? 'o0', target: node.id, targetHandle: 'i0' },
    { source: node.id, sourceHandle: 'o0', target: edge.target, targetHandle: edge.targetHandle ?? 'i0' },
  ];
}

const PASTE_SHIFT = 40;

/** How far copies are moved so that they lie on free ground beside what they were copied from. */
export function shiftOf(copies: Rect[], taken: Rect[]): { x: number; y: number } {
  const { x, y, width, height } = around(copies);
  const at = freeGround(taken, { x: x + PASTE_SHIFT, y: y + PASTE_SHIFT, width, height });
  return { x: at.x - x, y: at.y - y };
}
