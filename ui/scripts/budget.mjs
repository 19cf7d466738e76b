/** What the page weighs, gzipped, against what it may. */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'studio', 'ziggy_studio', 'static');
const LAZY = ['codemirror.js', 'CodeEditor.js'];
// Dialogs and menus that come when they are opened, what lays a flow out, what reads files and long test data.
const COMES_LATER =
  /^(.+Dialog|ErrorText|RowFileInput|MappingField|ReportView|Changes|EditItem|JsonTree|RejectedItem|RecordLink|ContextMenu|QuickAdd|Question|literalWorker|layout\d?|markdown)\.(js|css)$/;
const IS_LIBRARY = /^(vendor|codemirror|layout|markdown|rolldown-runtime)\.js$/;
const sizes = Object.fromEntries(
  readdirSync(folder)
    .filter((name) => /\.(js|css)$/.test(name))
    .map((name) => [name, gzipSync(readFileSync(join(folder, name))).length / 1000]),
);
const sum = (isCounted) =>
  Object.entries(sizes)
    .filter(([name]) => isCounted(name))
    .reduce((total, [, kilobytes]) => total + kilobytes, 0);

const isFirst = (name) => !LAZY.includes(name) && !COMES_LATER.test(name);

const budgets = [
  ['first load', sum(isFirst), 220],
  ['our own code of it', sum((name) => isFirst(name) && name.endsWith('.js') && !IS_LIBRARY.test(name)), 50],
  ['lazy editor', sum((name) => LAZY.includes(name)), 130],
  ['CSS of it', sum((name) => isFirst(name) && name.endsWith('.css')), 12],
];
for (const [what, is, may] of budgets) console.log(`${what}: ${is.toFixed(1)} of ${may} kB`);
if (budgets.some(([, is, may]) => is > may)) process.exit(1);
