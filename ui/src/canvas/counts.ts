import { useLayoutEffect } from 'react';
import { create } from 'zustand';
import { overlaps, type Rect } from '../state/placing';
import { pointAlong, type Point } from './route';

/** Where the counts of wires stand: in the middle of their wire, or where no other count stands on the way. */

const HEIGHT = 27;
const LEAST_WIDTH = 44;
const LETTER = 9;
const MARGIN = 24;
const BETWEEN = 3;
const MIDDLE = 0.5;
const MOST_STEPS = 10;

interface Claim {
  way: Point[];
  text: string;
}

const claims = new Map<string, Claim>();
const usePlaces = create<Record<string, Point>>()(() => ({}));
let isAsked = false;

function claim(id: string, wanted: Claim | null): void {
  if (wanted) claims.set(id, wanted);
  else claims.delete(id);
  if (isAsked) return;
  isAsked = true;
  // Once for all wires that were drawn anew, and before they are seen.
  queueMicrotask(() => {
    isAsked = false;
    usePlaces.setState(placeCounts([...claims].sort(([a], [b]) => (a < b ? -1 : 1))), true);
  });
}

/** A place for each count; those of the first wires stand where they are. */
export function placeCounts(wanted: [string, Claim][]): Record<string, Point> {
  const taken: Rect[] = [];
  return Object.fromEntries(
    wanted.map(([id, { way, text }]) => {
      const around = (at: Point) => rectAround(at, text);
      const free = placesOn(way).find((at) => !taken.some((one) => overlaps(around(at), one, BETWEEN)));
      const place = free ?? pointAlong(way, MIDDLE);
      taken.push(around(place));
      return [id, place];
    }),
  );
}

/** From the middle to both ends, then above and below the middle. */
function placesOn(way: Point[]): Point[] {
  const steps = Array.from({ length: MOST_STEPS }, (_, at) => at + 1);
  const middle = pointAlong(way, MIDDLE);
  return [
    middle,
    ...steps.slice(0, -3).flatMap((step) => [-step, step].map((by) => pointAlong(way, MIDDLE + by / (2 * MOST_STEPS)))),
    ...steps.flatMap((step) => [-step, step].map((by) => ({ x: middle.x, y: middle.y + by * (HEIGHT + BETWEEN) }))),
  ];
}

function rectAround({ x, y }: Point, text: string): Rect {
  const width = Math.max(LEAST_WIDTH, MARGIN + text.length * LETTER);
  return { x: x - width / 2, y: y - HEIGHT / 2, width, height: HEIGHT };
}

/** The place of a wire's count; a wire without one has none. */
export function useCountPlace(id: string, way: Point[], text: string | undefined): Point {
  useLayoutEffect(() => {
    if (text !== undefined) claim(id, { way, text });
    return () => claim(id, null);
  }, [id, way, text]);
  const middle = pointAlong(way, MIDDLE);
  const x = usePlaces((places) => places[id]?.x);
  const y = usePlaces((places) => places[id]?.y);
  return { x: x ?? middle.x, y: y ?? middle.y };
}
