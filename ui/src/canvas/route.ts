import { overlaps, type Rect } from '../state/placing';

/** The way of a wire around the blocks that lie between its two ends, so that no wire runs behind a block. */

export interface Point {
  x: number;
  y: number;
}

const OUT = 20;
const BESIDE = 16;
const CLEARANCE = 4;
const ROUND = 14;

/** The corners of a wire from an output (it leaves to the right) to an input (it comes from the left). */
export function routeAround(from: Point, to: Point, blocks: Rect[]): Point[] {
  const usual = bentAt((from.x + to.x) / 2, from, to);
  if (to.x >= from.x + 2 * OUT && isFree(usual, blocks)) return usual;
  return shortest(candidates(from, to, blocks).filter((way) => isFree(way, blocks))) ?? usual;
}

/** Ways with one upright stretch, and ways with two and a level one above or below what is in between. */
function candidates(from: Point, to: Point, blocks: Rect[]): Point[][] {
  const near = blocks.filter((one) => overlaps(one, around(from, to), 2 * OUT + BESIDE));
  const rights = [from.x + OUT, ...near.map((one) => one.x + one.width + OUT)];
  const lefts = [to.x - OUT, ...near.map((one) => one.x - OUT)];
  const bends = [...rights, ...lefts].filter((x) => x >= from.x + OUT && x <= to.x - OUT);
  const levels = near.flatMap((one) => [one.y - OUT, one.y + one.height + OUT]);
  return [
    ...bends.map((x) => bentAt(x, from, to)),
    ...levels.flatMap((y) =>
      rights.flatMap((out) =>
        out < from.x + OUT ? [] : lefts.flatMap((back) => (back > to.x - OUT ? [] : [over(out, y, back, from, to)])),
      ),
    ),
  ];
}

function bentAt(x: number, from: Point, to: Point): Point[] {
  return [from, { x, y: from.y }, { x, y: to.y }, to];
}

function over(out: number, y: number, back: number, from: Point, to: Point): Point[] {
  return [from, { x: out, y: from.y }, { x: out, y }, { x: back, y }, { x: back, y: to.y }, to];
}

function around(a: Point, b: Point): Rect {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  return { x, y, width: Math.abs(a.x - b.x), height: Math.abs(a.y - b.y) };
}

function isFree(way: Point[], blocks: Rect[]): boolean {
  return way.every((point, at) => {
    const next = way[at + 1];
    if (!next) return true;
    // The first and the last stretch begin at the edge of their own blocks.
    const clearance = at === 0 || at === way.length - 2 ? 0 : CLEARANCE;
    return !blocks.some((one) => overlaps(around(point, next), one, clearance));
  });
}

function shortest(ways: Point[][]): Point[] | undefined {
  return ways.map((way) => ({ way, length: lengthOf(way) })).sort((a, b) => a.length - b.length)[0]?.way;
}

function lengthOf(way: Point[]): number {
  return way.reduce((sum, point, at) => sum + (at === 0 ? 0 : distance(way[at - 1] as Point, point)), way.length);
}

function distance(a: Point, b: Point): number {
  return Math.abs(a.x - b.x) + Math.abs(a.y - b.y);
}

/** The way as an SVG path with rounded corners. */
export function pathOf(way: Point[]): string {
  const [first, ...rest] = way;
  if (!first) return '';
  const parts = rest.map((corner, at) => {
    const before = way[at] as Point;
    const after = rest[at + 1];
    if (!after) return `L${corner.x} ${corner.y}`;
    const bend = Math.min(ROUND, distance(before, corner) / 2, distance(corner, after) / 2);
    const enter = towards(corner, before, bend);
    const leave = towards(corner, after, bend);
    return `L${enter.x} ${enter.y}Q${corner.x} ${corner.y} ${leave.x} ${leave.y}`;
  });
  return `M${first.x} ${first.y}${parts.join('')}`;
}

function towards(from: Point, to: Point, by: number): Point {
  return { x: from.x + Math.sign(to.x - from.x) * by, y: from.y + Math.sign(to.y - from.y) * by };
}

/** A point of the way: so much of its length lies before it. */
export function pointAlong(way: Point[], share: number): Point {
  let left = way.reduce((sum, point, at) => sum + (at === 0 ? 0 : distance(way[at - 1] as Point, point)), 0) * share;
  for (let at = 1; at < way.length; at += 1) {
    const before = way[at - 1] as Point;
    const point = way[at] as Point;
    const length = distance(before, point);
    if (left <= length && length > 0) {
      const part = left / length;
      return { x: before.x + (point.x - before.x) * part, y: before.y + (point.y - before.y) * part };
    }
    left -= length;
  }
  return way[0] ?? { x: 0, y: 0 };
}
