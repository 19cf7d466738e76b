// Writes assets/choices.json: what the form offers, from the org of each connection of the project folder.
// SALESFORCE_WRITE_PROJECT=DIR node scripts/take-choices.mjs Account Contact …
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const compiled = createRequire(import.meta.url);
const { closeSidecar, sidecar } = compiled('../../build/ziggy/src/sidecar.js');
const { takeChoices } = compiled('../../build/ziggy/src/take-choices.js');
const target = process.env.CHOICES_FILE ?? new URL('../assets/choices.json', import.meta.url);

const choices = await takeChoices(sidecar(), process.argv.slice(2));
await writeFile(target, `${JSON.stringify(choices, null, 1)}\n`);
await closeSidecar();
