import { expect, test } from 'vitest';
import { placeCounts } from './counts';

const way = (y: number, length = 100) => [
  { x: 0, y },
  { x: length, y },
];

test('counts that have room stand in the middle of their wires', () => {
  const places = placeCounts([
    ['a', { way: way(0), text: '1' }],
    ['b', { way: way(40), text: '2' }],
  ]);
  expect(places).toEqual({ a: { x: 50, y: 0 }, b: { x: 50, y: 40 } });
});

test('of two wires close together the second count moves along its wire, and stays on it', () => {
  const { a, b } = placeCounts([
    ['a', { way: way(0, 300), text: '1' }],
    ['b', { way: way(20, 300), text: '2' }],
  ]);
  expect(a).toEqual({ x: 150, y: 0 });
  expect(b?.y).toBe(20);
  expect(Math.abs((b?.x ?? 0) - 150)).toBeGreaterThan(44);
});

test('where the wires are too short for that, the counts stand above each other', () => {
  const texts = ['1', '20', '300'];
  const places = placeCounts(texts.map((text, at) => [text, { way: way(at * 5, 50), text }]));
  const heights = Object.values(places)
    .map(({ y }) => y)
    .sort((a, b) => a - b);
  expect(heights.slice(1).every((y, at) => y - (heights[at] ?? 0) >= 27)).toBe(true);
});
