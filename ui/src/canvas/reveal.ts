import { useReactFlow, useStore, type Viewport } from '@xyflow/react';
import { useEffect, useRef } from 'react';
import { isNote, type BlockNode } from '../state/document';
import { useEditor } from '../state/editor';
import { around, rectOf, type Rect } from '../state/placing';
import { whenNoButtonIsDown } from './pointer';

// So much of what follows a block stays in view, too: its wires with their counts.
const AFTER_PX = 110;
const LEAST_PX = 12;
/** Half of the room of a count, along its wire. */
const COUNT_PX = 36;
/** Room for what names a block. */
const NAME_PX = 120;
/** A block that was not drawn yet. */
export const USUAL_BLOCK = { width: 320, height: 400 };

/** How far to move a stretch into a window of `room`; where it does not fit, its beginning is what is seen. */
export function shiftInto(start: number, length: number, room: number, after: number): number {
  const free = Math.max(0, room - length);
  const before = Math.min(LEAST_PX, free / 2);
  const end = start + length + Math.min(after, free - before);
  if (start < before || length > room) return start - before;
  return Math.max(0, end - room);
}

/**
 * Brings the block that was asked for into view, and again when the canvas changes its size beside the open panel.
 * Closing the panel takes that back, unless someone has moved the canvas since, or what is selected would be out of view.
 */
export function useReveal(): void {
  const flow = useReactFlow<BlockNode>();
  const reveal = useEditor((state) => state.reveal);
  const isOpen = useEditor((state) => state.isPanelOpen);
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  const pane = useStore((state) => state.domNode);
  const before = useRef<Viewport | null>(null);
  const left = useRef<Viewport | null>(null);

  useEffect(() => {
    const { nodes: all } = useEditor.getState();
    const isOfNote = all.some((node) => node.id === reveal?.ids[0] && isNote(node));
    if (!reveal || (!isOpen && reveal.ids.length === 1 && !isOfNote)) return;
    whenNoButtonIsDown(() => {
      const view = flow.getViewport();
      const { x, y, zoom } = view;
      const { nodes, descriptors } = useEditor.getState();
      const wanted = nodes.filter((node) => node.selected && reveal.ids.includes(node.id));
      if (wanted.length === 0) return;
      const blocks = around(wanted.map((node) => rectOf(node, descriptors)));
      const at = withCounts(blocks, reveal.ids, width / zoom, height / zoom);
      // The counts that follow the block stand in the room that is left for them anyway.
      const further = (at.x + at.width - blocks.x - blocks.width) * zoom;
      const right = shiftInto(at.x * zoom + x, at.width * zoom, width, Math.max(LEAST_PX, AFTER_PX - further));
      const down = shiftInto(at.y * zoom + y, at.height * zoom, height, LEAST_PX);
      if (right === 0 && down === 0) return;
      if (!isSame(view, left.current)) before.current = view;
      left.current = { x: x - right, y: y - down, zoom };
      void flow.setViewport(left.current);
    });
  }, [reveal, isOpen, width, height, flow]);

  useEffect(() => {
    if (reveal) return;
    // The canvas has its width without the panel, which the store is not told of yet.
    const room = { width: pane?.clientWidth ?? 0, height: pane?.clientHeight ?? 0 };
    const back = before.current;
    if (back && isSame(flow.getViewport(), left.current) && showsSelected(back, room)) void flow.setViewport(back);
    before.current = null;
    left.current = null;
  }, [reveal, flow, pane]);
}

/** Whether the upper left corner of what is selected, with its name, is in view. */
function showsSelected({ x, y, zoom }: Viewport, room: { width: number; height: number }): boolean {
  const { nodes, descriptors } = useEditor.getState();
  const selected = nodes.filter((node) => node.selected);
  if (selected.length === 0) return true;
  const at = around(selected.map((node) => rectOf(node, descriptors)));
  const [left, top] = [at.x * zoom + x, at.y * zoom + y];
  return left >= 0 && top >= 0 && left + NAME_PX <= room.width && top + COUNT_PX <= room.height;
}

/** Those blocks and, as far as there is room, the places of the counts on their wires. */
function withCounts(blocks: Rect, ids: string[], width: number, height: number): Rect {
  const { edges } = useEditor.getState();
  return edges
    .filter(({ source, target }) => ids.includes(source) || ids.includes(target))
    .reduce((at, { id }) => {
      const wire = document.querySelector<SVGPathElement>(`.react-flow__edge[data-id="${CSS.escape(id)}"] path`);
      if (!wire) return at;
      const { x, y } = wire.getPointAtLength(wire.getTotalLength() / 2);
      const wider = around([at, { x: x - COUNT_PX, y: y - COUNT_PX / 2, width: 2 * COUNT_PX, height: COUNT_PX }]);
      return wider.width <= width && wider.height <= height ? wider : at;
    }, blocks);
}

function isSame(a: Viewport, b: Viewport | null): boolean {
  return b !== null && Math.abs(a.x - b.x) < 1 && Math.abs(a.y - b.y) < 1 && a.zoom === b.zoom;
}
