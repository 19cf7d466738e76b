import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const SOURCES = join(process.cwd(), 'src');

/** Which folders each folder imports from. */
function arrows(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const entry of readdirSync(SOURCES, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const to = new Set<string>();
    for (const file of readdirSync(join(SOURCES, entry.name))) {
      if (!/\.tsx?$/.test(file)) continue;
      const text = readFileSync(join(SOURCES, entry.name, file), 'utf8');
      for (const [, folder] of text.matchAll(/'\.\.\/(\w+)\//g)) to.add(folder ?? '');
    }
    found.set(entry.name, to);
  }
  return found;
}

/** The way from a folder back to itself; null where there is none. */
function circle(all: Map<string, Set<string>>, from: string, way: string[] = [from]): string[] | null {
  for (const to of all.get(way.at(-1) ?? '') ?? []) {
    if (to === from) return [...way, to];
    const longer = way.includes(to) ? null : circle(all, from, [...way, to]);
    if (longer) return longer;
  }
  return null;
}

test('folders import in one direction only', () => {
  const all = arrows();
  expect(all.size).toBeGreaterThan(8);
  expect([...all.keys()].map((folder) => circle(all, folder)).filter(Boolean)).toEqual([]);
});
