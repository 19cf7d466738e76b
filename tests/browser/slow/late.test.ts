/** Nothing that was typed is lost to a page that has grown old, and a red notice leaves with its cause. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { block, hold, panel, SCREENSHOT_FLOW, setTheStage, slowDown } from '../support';

const stage = setTheStage();
const FILE = 'flows/screenshot.yaml';
const FLOW = { [FILE]: SCREENSHOT_FLOW };
const GONE = /\/static\/.*\/RunsDialog\.js/;
const REST = /\/api\/(?!flows\/screenshot$)/;
const WORKER = /\/static\/.*\/literalWorker\.js/;

const banner = (page: Page) => page.getByRole('alert').filter({ hasText: 'The studio was updated' });
const again = (page: Page) => banner(page).getByRole('button', { name: 'Save and load the page again' });
const notice = (page: Page, text: RegExp) => page.getByRole('alert').getByText(text);
const header = (page: Page, name: string) => block(page, name).locator('.block-header');
const run = (page: Page) => page.getByRole('button', { name: 'Run', exact: true });

async function missing(page: Page, part: RegExp): Promise<void> {
  await page.route(part, (route) => route.fulfill({ status: 404, body: 'Not Found' }));
}

/** Opens the mapping of a new Mapper as JSON, and leaves it half written. */
async function typeHalf(page: Page) {
  await page
    .getByRole('navigation', { name: 'Blocks' })
    .getByRole('button', { name: /^Mapper/ })
    .click();
  const field = panel(page).locator('textarea').first();
  await field.click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('{"Name": ');
  await panel(page).getByText('Not stored: this is not JSON.').waitFor();
  return field;
}

test('long test data whose reader is gone are told of as any late part, and kept', async () => {
  const { page, studio } = await stage({ files: FLOW });
  await slowDown(page);
  await missing(page, WORKER);
  await header(page, 'Receiver').click();
  await panel(page).getByRole('textbox', { name: 'Test Data' }).focus();
  await page.keyboard.press('ControlOrMeta+a');
  const items = Array.from({ length: 1500 }, (_, at) => ({ Id: `00${at}`, Name: `A long name of an item ${at}` }));
  await page.keyboard.insertText(JSON.stringify(items));
  await again(page).waitFor();
  await panel(page).getByText('Stored, but not looked through').waitFor();
  await page.keyboard.type(' ');
  await page.unroute(WORKER);
  await again(page).click();
  await expect
    .poll(async () => [await banner(page).count(), await page.getByRole('alert').allInnerTexts()])
    .toEqual([0, []]);
  await header(page, 'Receiver').click();
  await panel(page).getByText('1,500 items ·').waitFor();
  expect(studio.read(FILE)).toContain('A long name of an item 1499');
});

test('the reader of long test data is asked for again the next time', async () => {
  const { page } = await stage({ files: FLOW });
  await missing(page, WORKER);
  await header(page, 'Receiver').click();
  await panel(page).getByRole('textbox', { name: 'Test Data' }).focus();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(`[${'{"Name": "A name"}, '.repeat(3000)}{"Name": "Last"}]`);
  await panel(page).getByText('Stored, but not looked through').waitFor();
  await page.unroute(WORKER);
  await page.keyboard.press('Enter');
  await panel(page).getByText('3,001 items ·').waitFor();
});

test('half a JSON is lost neither to an updated studio, nor to another flow, nor to the browser without a question', async () => {
  const { page, studio } = await stage({ files: FLOW });
  const field = await typeHalf(page);
  await missing(page, GONE);
  await page.getByRole('button', { name: 'Last runs' }).click();
  await again(page).click();
  await notice(page, /^What stands in .* is not stored, because it is not JSON\. Mend it first\.$/).waitFor();
  expect(await field.inputValue()).toBe('{"Name": ');

  await page.getByRole('button', { name: 'Flows', exact: true }).click();
  await page.getByRole('button', { name: /New flow/ }).click();
  await page
    .getByRole('dialog')
    .getByText(/is not stored, because it is not JSON/)
    .waitFor();
  await page.keyboard.press('Escape');
  expect(await field.inputValue()).toBe('{"Name": ');

  const asked = page.waitForEvent('dialog');
  await page.close({ runBeforeUnload: true });
  const question = await asked;
  expect(question.type()).toBe('beforeunload');
  await question.dismiss();

  await field.click();
  await page.keyboard.press('End');
  await page.keyboard.type('"Title"}');
  await expect.poll(() => notice(page, /Mend it first/).count()).toBe(0);
  await again(page).click();
  await expect.poll(() => banner(page).count()).toBe(0);
  await header(page, 'Mapper').waitFor();
  expect(studio.read(FILE)).toMatch(/Name: Title/);
});

test('a red notice leaves when what caused it is taken back, brought again or left for another flow', async () => {
  const { page } = await stage({ files: FLOW });
  await slowDown(page);
  await header(page, 'SalesForce Write').click();
  await panel(page).getByRole('combobox', { name: 'Edge key for matching' }).waitFor();
  await panel(page).getByRole('button', { name: 'Clear Edge key for matching' }).click();
  const refused = notice(page, /^The flow did not start/);
  await run(page).click();
  await refused.waitFor();
  // What the check says comes late: the notice does not wait for it.
  const goOn = await hold(page, '**/api/check');
  await header(page, 'SalesForce Write').click();
  await page.keyboard.press('ControlOrMeta+z');
  await expect.poll(() => refused.count()).toBe(0);
  await goOn();

  await page.keyboard.press('ControlOrMeta+Shift+z');
  await run(page).click();
  await refused.waitFor();
  await page.getByRole('button', { name: 'Flows', exact: true }).click();
  await page.getByRole('button', { name: /New flow/ }).click();
  await expect.poll(() => page.locator('.react-flow__node').count()).toBe(0);
  expect(await refused.count()).toBe(0);
});

test('a red notice about half a JSON stays when a late check finds the settings ready', async () => {
  const { page } = await stage({ files: FLOW });
  const goOn = await hold(page, '**/api/check');
  const checked = page.waitForResponse('**/api/check');
  await typeHalf(page);
  await run(page).click();
  const refused = notice(page, /^The flow did not start. What stands in .* is not stored/);
  await refused.waitFor();
  await goOn();
  await checked;
  // Whatever the page makes of an answer, it has made by then.
  await page.evaluate(() => new Promise((done) => setTimeout(done, 500)));
  expect(await refused.count()).toBe(1);
});

test('a red notice leaves when the studio that did not answer does again', async () => {
  const { page } = await stage({ files: FLOW });
  const silent = notice(page, /The studio does not answer/);
  const comeBack = () => page.evaluate(() => dispatchEvent(new Event('focus')));
  const goOn = await hold(page, '**/api/flows/screenshot');
  const asked = page.waitForRequest('**/api/flows/screenshot');
  await comeBack();
  await asked;
  await page.route(REST, (route) => route.abort());
  await run(page).click();
  await silent.first().waitFor();
  // What was asked before is answered yet, which says nothing of now.
  const late = page.waitForResponse('**/api/flows/screenshot');
  await goOn();
  await late;
  await page.evaluate(() => new Promise((done) => setTimeout(done, 500)));
  expect(await silent.count()).toBeGreaterThan(0);
  await page.unroute(REST);
  // Whoever has started the studio in a terminal comes back to the page.
  await comeBack();
  await expect.poll(() => silent.count()).toBe(0);
});
