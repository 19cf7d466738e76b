import type { Edge, Node } from '@xyflow/react';
import type { Descriptor, DocumentBlock, DocumentEdge, DocumentNote, FlowDocument, JsonObject } from '../api/types';

/** Between the flow as its file has it and the flow as the canvas draws it. */

export type BlockData = {
  blockType: string;
  config: JsonObject;
  friendlyName?: string;
  collapse: boolean;
  /** Keys of the file's block that the canvas does not touch. */
  kept: Partial<DocumentBlock>;
};
/** A block, or a note: selected, moved, copied, taken away and brought back alike. */
export type BlockNode = Node<BlockData, 'block' | 'note'>;
export type WireEdge = Edge<{ label?: string }, 'wire'>;
export type FlowMeta = Pick<FlowDocument, 'name' | 'description' | 'timeout'>;

export function edgeId(edge: Pick<DocumentEdge, 'source' | 'sourceHandle' | 'target' | 'targetHandle'>): string {
  return `${edge.source}.${edge.sourceHandle ?? 'o0'}-${edge.target}.${edge.targetHandle ?? 'i0'}`;
}

export function makeNode(block: DocumentBlock, descriptor: Descriptor | undefined, fallbackX: number): BlockNode {
  const { id, type, friendlyName, position, collapse, config, ...kept } = block;
  return {
    id,
    type: 'block',
    dragHandle: '.block-header',
    position: position ?? { x: fallbackX, y: 100 },
    ariaLabel: labelOfBlock(friendlyName, descriptor, type),
    data: {
      blockType: type,
      config: config ?? {},
      ...(friendlyName === undefined ? {} : { friendlyName }),
      collapse: collapse ?? false,
      kept,
    },
  };
}

/** What a screen reader calls a block on the canvas. */
function labelOfBlock(friendlyName: string | undefined, descriptor: Descriptor | undefined, type: string): string {
  return `${friendlyName || (descriptor?.name ?? type)} block`;
}

/** The block under another name, also for a screen reader. */
export function withName(node: BlockNode, friendlyName: string, descriptors: Record<string, Descriptor>): BlockNode {
  const { blockType } = node.data;
  const ariaLabel = labelOfBlock(friendlyName, descriptors[blockType], blockType);
  return { ...node, ariaLabel, data: { ...node.data, friendlyName } };
}

/** The type that a note has among the blocks of the canvas; no plugin's block is called so. */
export const NOTE = 'NOTE';

export function isNote(node: Pick<BlockNode, 'type'>): boolean {
  return node.type === 'note';
}

export function makeNote(id: string, { text, position, ...size }: DocumentNote): BlockNode {
  return {
    id,
    type: 'note',
    dragHandle: '.note-handle',
    position: position ?? { x: 40, y: 0 },
    ariaLabel: 'Note',
    data: { blockType: NOTE, config: { text, ...numbersOf(size) }, collapse: false, kept: {} },
  };
}

export type NoteSize = Pick<DocumentNote, 'width' | 'height'>;

/** How large somebody has made a note; nothing of it where it is as large as its text. */
export function noteSize({ data }: Pick<BlockNode, 'data'>): NoteSize {
  return numbersOf(data.config);
}

function numbersOf({ width, height }: { width?: unknown; height?: unknown }): { width?: number; height?: number } {
  return {
    ...(typeof width === 'number' ? { width } : {}),
    ...(typeof height === 'number' ? { height } : {}),
  };
}

export function noteText({ data }: Pick<BlockNode, 'data'>): string {
  return String(data.config['text'] ?? '');
}

export function makeEdge(edge: DocumentEdge): WireEdge {
  const sourceHandle = edge.sourceHandle ?? 'o0';
  const targetHandle = edge.targetHandle ?? 'i0';
  return {
    id: edge.id ?? edgeId(edge),
    type: 'wire',
    source: edge.source,
    sourceHandle,
    target: edge.target,
    targetHandle,
    focusable: false,
    ...(edge.label === undefined ? {} : { data: { label: edge.label } }),
  };
}

export function fromDocument(
  document: FlowDocument,
  descriptors: Record<string, Descriptor>,
): { meta: FlowMeta; nodes: BlockNode[]; edges: WireEdge[] } {
  const { blocks, edges, notes = [], ...meta } = document;
  const taken = blocks.map((block) => block.id);
  return {
    meta,
    nodes: [
      ...blocks.map((block, index) => makeNode(block, descriptors[block.type], 40 + index * 460)),
      ...makeNotes(notes, taken),
    ],
    edges: edges.map(makeEdge),
  };
}

/** In a file notes have no ids: nothing refers to one. */
export function makeNotes(notes: DocumentNote[], taken: string[]): BlockNode[] {
  const used = [...taken];
  return notes.map((note) => {
    const id = newBlockId(NOTE, used);
    used.push(id);
    return makeNote(id, note);
  });
}

export function toDocument(meta: FlowMeta, nodes: BlockNode[], edges: WireEdge[]): FlowDocument {
  const notes = nodes.filter(isNote).map(toNote);
  const blocks = nodes.filter((node) => !isNote(node)).map(toBlock);
  return { ...meta, blocks, edges: edges.map(toEdge), ...(notes.length > 0 ? { notes } : {}) };
}

function toNote(node: BlockNode): DocumentNote {
  return { text: noteText(node), position: roundedPlace(node), ...noteSize(node) };
}

function roundedPlace({ position }: BlockNode): { x: number; y: number } {
  return { x: Math.round(position.x), y: Math.round(position.y) };
}

function toBlock(node: BlockNode): DocumentBlock {
  const { blockType, config, friendlyName, collapse, kept } = node.data;
  return {
    id: node.id,
    type: blockType,
    ...(friendlyName ? { friendlyName } : {}),
    position: roundedPlace(node),
    ...kept,
    ...(collapse ? { collapse } : {}),
    ...(Object.keys(config).length > 0 ? { config } : {}),
  };
}

/** Only what is not the default is written, so that an edge stays a short line. */
function toEdge(edge: WireEdge): DocumentEdge {
  const sourceHandle = edge.sourceHandle ?? 'o0';
  const targetHandle = edge.targetHandle ?? 'i0';
  return {
    ...(edge.id === edgeId({ source: edge.source, sourceHandle, target: edge.target, targetHandle })
      ? {}
      : { id: edge.id }),
    source: edge.source,
    ...(sourceHandle === 'o0' ? {} : { sourceHandle }),
    target: edge.target,
    ...(targetHandle === 'i0' ? {} : { targetHandle }),
    ...(edge.data?.label ? { label: edge.data.label } : {}),
  };
}

/** An id for a new block: its type's name without the version, numbered where it is taken. */
export function newBlockId(type: string, taken: Iterable<string>): string {
  const base = type
    .replace(/_V\d+$/, '')
    .toLowerCase()
    .replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  const used = new Set(taken);
  if (!used.has(base)) return base;
  let number = 2;
  while (used.has(`${base}${number}`)) number += 1;
  return `${base}${number}`;
}

/** Whether a wire from `source` to `target` would close a circle. */
export function closesCircle(edges: { source: string; target: string }[], source: string, target: string): boolean {
  const seen = new Set<string>();
  const pending = [target];
  while (pending.length > 0) {
    const at = pending.pop() as string;
    if (at === source) return true;
    if (seen.has(at)) continue;
    seen.add(at);
    for (const edge of edges) if (edge.source === at) pending.push(edge.target);
  }
  return false;
}
