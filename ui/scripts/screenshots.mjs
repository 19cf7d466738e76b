/** The pictures of README and docs, taken from the real thing: the quickstart project, run once. */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const OUT = join(ROOT, 'docs', 'images');
mkdirSync(OUT, { recursive: true });

/** A studio over a copy of the quickstart project: what is done for one picture is not seen in another. */
async function startStudio() {
  const project = join(mkdtempSync(join(tmpdir(), 'ziggy-pictures-')), 'quickstart');
  cpSync(join(ROOT, 'examples', 'quickstart'), project, {
    recursive: true,
    filter: (path) => !path.includes('.state'),
  });
  const python = join(ROOT, '.venv', 'bin', 'python');
  const studio = spawn(python, [join(ROOT, 'tests', 'browser', 'studio_for_tests.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
    cwd: ROOT,
  });
  studio.stdin.write(`${JSON.stringify({ start: 1, arguments: [project] })}\n`);
  const { url } = await new Promise((resolve) => studio.stdout.once('data', (data) => resolve(JSON.parse(data))));
  const stop = async () => {
    studio.stdin.end();
    await new Promise((resolve) => studio.once('exit', resolve));
    rmSync(dirname(project), { recursive: true, force: true });
  };
  return { url, stop };
}

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
    const { url, stop } = await startStudio();
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
    await page.getByRole('tab', { name: 'Result' }).click();
    await page.waitForTimeout(300);
    await picture('result');
    await page.getByRole('tab', { name: 'Settings' }).click();
    await page
      .locator('.react-flow')
      .getByRole('button', { name: /SalesForce Write to Sinkhole/ })
      .click();
    await page.getByRole('tab', { name: /Rejected/ }).click();
    await page.waitForTimeout(300);
    await picture('rejected');
    await page.keyboard.press('Escape');

    await page.getByRole('button', { name: 'Connections' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Add a connection' }).click();
    await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('sfAcme');
    await dialog.getByRole('radio', { name: /^Client credentials/ }).check();
    await dialog.getByRole('textbox', { name: 'Consumer key', exact: true }).fill('3MVG9.acme');
    await dialog.getByRole('button', { name: 'Use a secret for Consumer secret' }).click();
    await dialog.getByRole('combobox', { name: 'Consumer secret' }).fill('sfConsumerSecret');
    await dialog.getByRole('option', { name: /sfConsumerSecret/ }).click();
    await dialog.getByRole('textbox', { name: 'Domain', exact: true }).fill('acme.my.salesforce.com');
    await page.waitForTimeout(300);
    await picture('connection');
    await page.keyboard.press('Escape');
    await dialog.getByRole('button', { name: 'Discard it' }).click();
    await page.keyboard.press('Escape');

    // A write that the org refuses, kept and ready to be sent again.
    const write = page.getByRole('complementary', { name: 'Block settings' });
    await page.locator('[data-id=write] .block-header').click();
    await write.getByRole('checkbox', { name: 'Perform data property validation' }).uncheck();
    await write.getByRole('combobox', { name: 'Namespace for errors' }).fill('accountErrors');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByText('1 Failed').first().waitFor();
    await page.getByRole('button', { name: 'Data Store', exact: true }).click();
    await dialog.locator('summary').click();
    await page.waitForTimeout(300);
    await picture('store');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Last runs' }).click();
    await dialog.getByText('Finished in').first().waitFor();
    await picture('runs');
    await page.close();
    await stop();
  }
} finally {
  await browser.close();
}
