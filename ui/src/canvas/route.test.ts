import { expect, test } from 'vitest';
import { pathOf, pointAlong, routeAround, type Point } from './route';

const from = { x: 0, y: 0 };
const to = { x: 400, y: 100 };

/** Whether some stretch of the way lies within the block. */
function isBehind(way: Point[], block: { x: number; y: number; width: number; height: number }): boolean {
  return way.some((point, at) => {
    const next = way[at + 1];
    if (!next) return false;
    const [left, right] = [Math.min(point.x, next.x), Math.max(point.x, next.x)];
    const [top, bottom] = [Math.min(point.y, next.y), Math.max(point.y, next.y)];
    return left < block.x + block.width && right > block.x && top < block.y + block.height && bottom > block.y;
  });
}

test('with nothing in between a wire bends in the middle', () =>
  expect(routeAround(from, to, [])).toEqual([from, { x: 200, y: 0 }, { x: 200, y: 100 }, to]));

test.each([
  ['in the middle', { x: 150, y: -50, width: 100, height: 200 }],
  ['near the beginning', { x: 60, y: -60, width: 120, height: 120 }],
  ['near the end', { x: 250, y: 40, width: 100, height: 300 }],
])('a wire goes around a block %s', (_name, block) => {
  expect(isBehind(routeAround(from, to, [block]), block)).toBe(false);
});

test('a wire that leads back goes around both of its blocks', () => {
  const source = { x: 300, y: 0, width: 200, height: 200 };
  const target = { x: 0, y: 0, width: 200, height: 200 };
  const way = routeAround({ x: 508, y: 100 }, { x: -8, y: 100 }, [source, target]);
  expect(isBehind(way, source)).toBe(false);
  expect(isBehind(way, target)).toBe(false);
});

test('a way becomes a path with rounded corners, and its count stands halfway', () => {
  const way = routeAround(from, to, []);
  expect(pathOf(way)).toBe('M0 0L186 0Q200 0 200 14L200 86Q200 100 214 100L400 100');
  expect(pointAlong(way, 0.5)).toEqual({ x: 200, y: 50 });
});
