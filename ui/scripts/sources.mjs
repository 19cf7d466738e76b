/** A hash of everything that the build is made from; tests/studio/web/test_static.py computes the same without Node. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FILES = ['index.html', 'package-lock.json', 'package.json', 'vite.config.ts'];
const IS_TEST = /(\.test\.tsx?|test-setup\.ts)$/;

export function hashOfSources(folder) {
  const sources = readdirSync(join(folder, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !IS_TEST.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  const hash = createHash('sha256');
  for (const path of [...FILES, ...sources].sort()) {
    hash.update(`${path}\0`);
    hash.update(readFileSync(join(folder, path)));
  }
  return hash.digest('hex');
}
