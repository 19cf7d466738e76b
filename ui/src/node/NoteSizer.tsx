import { useReactFlow } from '@xyflow/react';
import type { KeyboardEvent, PointerEvent } from 'react';
import { Icon } from '../parts/Icon';
import { noteSize } from '../state/document';
import { useEditor } from '../state/editor';
import styles from './NoteNode.module.css';
import { words } from './words';

const STEP_PX = 20;
const LEAST = { width: 160, height: 90 };
const MOST = { width: 1200, height: 1200 };
const STEPS: Record<string, [number, number]> = {
  ArrowRight: [STEP_PX, 0],
  ArrowLeft: [-STEP_PX, 0],
  ArrowDown: [0, STEP_PX],
  ArrowUp: [0, -STEP_PX],
};

interface Size {
  width: number;
  height: number;
}

function within({ width, height }: Size): Size {
  return {
    width: Math.round(Math.min(MOST.width, Math.max(LEAST.width, width))),
    height: Math.round(Math.min(MOST.height, Math.max(LEAST.height, height))),
  };
}

/** The note as it is drawn, however far the canvas is zoomed. */
function sizeOf(handle: HTMLElement): Size {
  const note = handle.parentElement;
  return { width: note?.offsetWidth ?? LEAST.width, height: note?.offsetHeight ?? LEAST.height };
}

/** The lower right corner of a note: dragged with the mouse, moved with the arrow keys. */
export function NoteSizer({ id, onResize }: { id: string; onResize: (size: Size, gesture: string) => void }) {
  const { getZoom } = useReactFlow();
  const onKeyDown = (event: KeyboardEvent<HTMLButtonElement>) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    // What is stored, before what is drawn: a quick second key comes before the first one is seen.
    const node = useEditor.getState().nodes.find((one) => one.id === id);
    const { width, height } = { ...sizeOf(event.currentTarget), ...(node ? noteSize(node) : {}) };
    onResize(within({ width: width + step[0], height: height + step[1] }), 'keys');
  };
  const onPointerDown = (event: PointerEvent<HTMLButtonElement>) => {
    const handle = event.currentTarget;
    const [from, zoom, { clientX, clientY, timeStamp }] = [sizeOf(handle), getZoom(), event];
    const move = (moved: globalThis.PointerEvent) => {
      const width = from.width + (moved.clientX - clientX) / zoom;
      const height = from.height + (moved.clientY - clientY) / zoom;
      // Each drag is a step of its own to undo.
      onResize(within({ width, height }), String(timeStamp));
    };
    handle.setPointerCapture(event.pointerId);
    handle.addEventListener('pointermove', move);
    handle.addEventListener('lostpointercapture', () => handle.removeEventListener('pointermove', move), {
      once: true,
    });
  };
  return (
    <button
      type="button"
      className={`nodrag nopan nokey ${styles.sizer ?? ''}`}
      aria-label={words.sizeNote}
      title={words.sizeNoteHint}
      onKeyDown={onKeyDown}
      onPointerDown={onPointerDown}
    >
      <Icon icon="corner" size={14} />
    </button>
  );
}
