// The form in a real browser, walked through by hand until it is that of the screenshot.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { test } from 'node:test';
import { chromium } from 'playwright-core';

const given = JSON.parse(process.env.FORM_TEST);
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

async function serve() {
  const server = createServer(async (request, response) => {
    const name = request.url === '/' ? '/index.html' : request.url.split('?')[0];
    try {
      const body = await readFile(join(given.folder, name));
      response.writeHead(200, { 'Content-Type': TYPES[extname(name)] ?? 'text/plain' }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

test('the form of the screenshot, filled by hand', { timeout: 120_000 }, async () => {
  const server = await serve();
  const browser = await chromium.launch({ executablePath: given.chromium, headless: true, args: FLAGS });
  const page = await browser.newPage({ viewport: { width: 440, height: 760 } });
  const broken = [];
  page.on('pageerror', (err) => broken.push(err.message));
  const config = async () => JSON.parse(await page.locator('#config').textContent());
  const field = (title) =>
    page
      .locator('div.flex-col.flex-1')
      .filter({ has: page.getByText(title, { exact: true }) })
      .last();
  const choose = async (title, words) => {
    await field(title).locator('input').first().fill(words);
    await field(title).locator('li').getByText(words, { exact: true }).click();
  };
  try {
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.getByText('SalesForce Write').waitFor();
    // The only connection is selected by itself.
    await page.waitForFunction(() => document.querySelector('#config')?.textContent.includes('sfDev'));
    assert.equal(await page.getByLabel('Invalid to second output edge').count(), 0);

    await choose('Object', 'Account');
    await page.getByLabel('Perform data property validation').check();
    await page.getByLabel('Invalid to second output edge').check();
    await choose('Edge key for matching', 'Id');
    await choose('SF properties to write', 'Account Name');
    assert.deepEqual(await config(), given.expected);
    await page.locator('h4').click();
    await page.screenshot({ path: join(given.pictures, 'form.png') });

    // All lifts the filter; typed keys are taken; a cleared one is gone.
    const objects = async () => {
      await field('Object').locator('input').first().focus();
      const count = await field('Object').locator('li').count();
      await page.locator('h4').click();
      return count;
    };
    const few = await objects();
    await page.getByLabel('All', { exact: true }).check();
    assert.ok((await objects()) > few);
    await field('Edge key for matching').locator('input').fill('Key__c');
    await page.keyboard.press('Enter');
    assert.equal((await config()).matchKey, 'Key__c');
    await field('Edge key for matching').getByLabel('Clear').click();
    assert.equal((await config()).matchKey, undefined);
    await field('Namespace for errors').locator('input').fill('accountErrors');
    await page.keyboard.press('Enter');
    assert.equal((await config()).errorNamespace, 'accountErrors');

    // Advanced stores what differs from the default, and nothing else.
    await page.getByText('Advanced').click();
    await field('Records per call').locator('input').fill('100');
    assert.deepEqual((await config()).advanced, { batchSize: 100 });
    await field('Records per call').locator('input').fill('200');
    await page.getByLabel('Preview only').check();
    assert.deepEqual((await config()).advanced, { dryRun: true });
    await page.getByLabel('Collapse').click();
    assert.equal(await page.getByText('Operation type').count(), 0);
    assert.deepEqual(broken, []);
  } catch (err) {
    await page.screenshot({ path: join(given.pictures, 'failed.png') });
    throw new Error(`${err.message} The page said: ${broken.join(' ') || 'nothing'}`);
  } finally {
    await browser.close();
    server.close();
  }
});
