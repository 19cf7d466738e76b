import { exactText, parseExact } from '../api/exact';
import type { DocumentBlock, DocumentEdge, DocumentNote } from '../api/types';
import { toDocument, type BlockNode, type WireEdge } from './document';

/** Blocks as text, so that they can be carried to another flow, tab or mail. */

export interface Piece {
  blocks: DocumentBlock[];
  edges: DocumentEdge[];
  notes?: DocumentNote[];
}

/** The selected blocks and the wires between them; null when none is selected. */
export function selectedPiece(nodes: BlockNode[], edges: WireEdge[]): Piece | null {
  const chosen = nodes.filter((node) => node.selected);
  if (chosen.length === 0) return null;
  const ids = new Set(chosen.map((node) => node.id));
  const between = edges.filter((edge) => ids.has(edge.source) && ids.has(edge.target));
  const { blocks, edges: wires, notes } = toDocument({ name: '' }, chosen, between);
  return { blocks, edges: wires, ...(notes ? { notes } : {}) };
}

export function pieceText(piece: Piece): string {
  return exactText(piece, 2);
}

/** What was copied as blocks; null for any other text. */
export function readPiece(text: string): Piece | null {
  if (!text.trimStart().startsWith('{')) return null;
  let value: unknown;
  try {
    value = parseExact(text);
  } catch {
    return null;
  }
  const { blocks, edges, notes } = value as { blocks?: unknown; edges?: unknown; notes?: unknown };
  if (!Array.isArray(blocks) || !blocks.every(isBlock)) return null;
  const read = Array.isArray(notes) ? notes.filter(isNoteText) : [];
  if (blocks.length + read.length === 0) return null;
  return {
    blocks,
    edges: Array.isArray(edges) ? edges.filter(isEdge) : [],
    ...(read.length > 0 ? { notes: read } : {}),
  };
}

function isBlock(value: unknown): value is DocumentBlock {
  const { id, type } = (value ?? {}) as { id?: unknown; type?: unknown };
  return typeof id === 'string' && typeof type === 'string';
}

function isNoteText(value: unknown): value is DocumentNote {
  return typeof (value as { text?: unknown } | null)?.text === 'string';
}

function isEdge(value: unknown): value is DocumentEdge {
  const { source, target } = (value ?? {}) as { source?: unknown; target?: unknown };
  return typeof source === 'string' && typeof target === 'string';
}
