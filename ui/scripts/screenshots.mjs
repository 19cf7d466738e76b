/** The pictures of README and docs, taken from the real thing: the quickstart project, run once. */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const OUT = join(ROOT, 'docs', 'images');
const project = join(mkdtempSync(join(tmpdir(), 'ziggy-pictures-')), 'quickstart');
mkdirSync(OUT, { recursive: true });
cpSync(join(ROOT, 'examples', 'quickstart'), project, { recursive: true, filter: (path) => !path.includes('.state') });

const python = join(ROOT, '.venv', 'bin', 'python');
const studio = spawn(python, [join(ROOT, 'tests', 'browser', 'studio_for_tests.py'), project], {
  stdio: ['pipe', 'pipe', 'inherit'],
  cwd: ROOT,
});
const url = await new Promise((resolve) => studio.stdout.once('data', (data) => resolve(String(data).trim())));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});
try {
  for (const theme of ['light', 'dark']) {
    const page = await browser.newPage({ viewport: { width: 1500, height: 940 }, colorScheme: theme });
    await page.goto(url);
    await page.getByRole('group', { name: 'SalesForce Write block' }).waitFor();
    const picture = (name) => page.screenshot({ path: join(OUT, `${name}-${theme}.png`) });
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByText(/^Finished in/).waitFor();
    await page.waitForTimeout(500);
    await picture('editor');
    await page.locator('[data-id=write] .block-header').click();
    await page.getByRole('complementary', { name: 'Block settings' }).waitFor();
    await page.waitForTimeout(300);
    await picture('panel');
    await page
      .locator('.react-flow')
      .getByRole('button', { name: /SalesForce Write to Sinkhole/ })
      .click();
    await page.getByRole('tab', { name: /Rejected/ }).click();
    await page.waitForTimeout(300);
    await picture('rejected');
    await page.close();
  }
} finally {
  await browser.close();
  studio.stdin.end();
  rmSync(dirname(project), { recursive: true, force: true });
}
