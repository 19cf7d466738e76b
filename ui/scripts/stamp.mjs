/** Puts beside the build what it was made from, and the licences of what it holds. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hashOfSources } from './sources.mjs';

const ui = dirname(dirname(fileURLToPath(import.meta.url)));
const out = process.argv[2] ?? join(ui, '..', 'studio', 'ziggy_studio', 'static');

writeFileSync(join(out, 'build.json'), `${JSON.stringify({ sources: hashOfSources(ui) })}\n`);
writeFileSync(join(out, 'THIRD_PARTY_LICENSES.txt'), licences());

/** Every package that may be in the bundle, direct or not: those that the lock file does not call development. */
function licences() {
  const lock = JSON.parse(readFileSync(join(ui, 'package-lock.json'), 'utf8'));
  const texts = [];
  for (const [path, { dev, optional, version }] of Object.entries(lock.packages)) {
    const folder = join(ui, path);
    if (path === '' || dev || optional || path.includes('@types/') || !existsSync(folder)) continue;
    const name = path.replace(/^.*node_modules\//, '');
    const { license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
    const text = file ? readFileSync(join(folder, file), 'utf8').trim() : '';
    texts.push(`${name} ${version} (${license})\n\n${text}\n`);
  }
  return texts.sort().join(`\n${'-'.repeat(80)}\n\n`);
}
