import { useState, type KeyboardEvent, type PointerEvent } from 'react';
import styles from './Resizer.module.css';

interface Limits {
  usual: number;
  least: number;
  most: number;
}

const STEP_PX = 24;

/** A size that a person chose, kept from one visit to the next. */
export function useSize(key: string, limits: Limits): [number, (size: number) => void] {
  const [size, setSize] = useState(() => {
    const stored = Number(localStorage.getItem(key));
    return stored > 0 ? within(stored, limits) : limits.usual;
  });
  const change = (next: number) => {
    const fitting = within(Math.round(next), limits);
    localStorage.setItem(key, String(fitting));
    setSize(fitting);
  };
  return [size, change];
}

function within(size: number, { least, most }: Limits): number {
  return Math.min(most, Math.max(least, size));
}

interface Props {
  label: string;
  /** The side of what is resized that the handle stands on. */
  side: 'left' | 'top';
  size: number;
  limits: Limits;
  onResize: (size: number) => void;
}

/** The edge of a panel: dragged with the mouse, moved with the arrow keys. */
export function Resizer({ label, side, size, limits, onResize }: Props) {
  const [bigger, smaller] = side === 'left' ? ['ArrowLeft', 'ArrowRight'] : ['ArrowUp', 'ArrowDown'];
  const onKeyDown = (event: KeyboardEvent) => {
    const next = { [bigger]: size + STEP_PX, [smaller]: size - STEP_PX, Home: limits.least, End: limits.most }[
      event.key
    ];
    if (next === undefined) return;
    event.preventDefault();
    onResize(next);
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    const handle = event.currentTarget;
    const from = side === 'left' ? event.clientX : event.clientY;
    const move = (moved: globalThis.PointerEvent) =>
      onResize(size + from - (side === 'left' ? moved.clientX : moved.clientY));
    handle.setPointerCapture(event.pointerId);
    handle.addEventListener('pointermove', move);
    handle.addEventListener('lostpointercapture', () => handle.removeEventListener('pointermove', move), {
      once: true,
    });
  };
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- a separator that takes the focus is a widget
    <div
      className={styles[side]}
      role="separator"
      aria-label={label}
      aria-orientation={side === 'left' ? 'vertical' : 'horizontal'}
      aria-valuenow={size}
      aria-valuemin={limits.least}
      aria-valuemax={limits.most}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onPointerDown={onPointerDown}
    />
  );
}
