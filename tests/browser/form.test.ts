/** The form knows no block: it draws what schema and server say, however much that is. */
import type { Locator } from 'playwright-core';
import { expect, test } from 'vitest';
import { block, bubble, choose, FIVE_LINE_PLUGIN, panel, SCREENSHOT_FLOW, setTheStage } from './support';

const stage = setTheStage();
const FLOW = { 'flows/screenshot.yaml': SCREENSHOT_FLOW };
const MOST_OPTIONS = 40;

test('in an org with 1,500 objects and an object with 800 fields a menu never has more than 40 options in the page', async () => {
  const { page } = await stage({ options: ['--objects', '1500', '--fields', '800'], files: FLOW });
  const write = block(page, 'SalesForce Write');
  const options = page.locator('[role=option]');
  const object = write.getByRole('combobox', { name: 'Object' });
  await object.click();
  await options.first().waitFor();
  expect(await options.count()).toBeLessThanOrEqual(MOST_OPTIONS);
  expect(Number(await options.first().getAttribute('aria-setsize'))).toBeGreaterThan(1500);
  for (let step = 0; step < 60; step += 1) await page.keyboard.press('ArrowDown');
  expect(await options.count()).toBeLessThanOrEqual(MOST_OPTIONS);
  const isActiveShown = async () => {
    const active = await object.getAttribute('aria-activedescendant');
    return page.locator(`[id="${active ?? ''}"]`).isVisible();
  };
  await expect.poll(isActiveShown).toBe(true);
  await object.fill('thing 0777');
  await page.getByRole('option', { name: /^Thing 0777/ }).click();
  await expect.poll(() => object.inputValue()).toBe('Thing 0777');

  await choose(page, write, 'Object', 'Wide__c', /^Wide/);
  await write.getByRole('combobox', { name: 'SF properties to write' }).click();
  await options.first().waitFor();
  expect(await options.count()).toBeLessThanOrEqual(MOST_OPTIONS);
  expect(Number(await options.first().getAttribute('aria-setsize'))).toBeGreaterThanOrEqual(800);
});

test('changing the object clears what no longer fits, and says so', async () => {
  const { page } = await stage({ files: FLOW });
  const write = block(page, 'SalesForce Write');
  await write.getByText('Account Name', { exact: true }).waitFor();
  await choose(page, write, 'SF properties to write', 'industry', /^Industry/);
  await page.keyboard.press('Escape');
  await choose(page, write, 'Object', 'contact', 'Contact');
  await page.getByText(/SF properties to write: cleared .*Industry.*, which Contact does not have/).waitFor();
});

test('after a run up to the block, which leaves the block alone, the keys of its edge lead its choices', async () => {
  const { page } = await stage({ files: FLOW });
  await block(page, 'SalesForce Write').locator('.block-header').click();
  await panel(page).getByRole('button', { name: 'Run up to here' }).click();
  await bubble(page, /^2 records, Receiver to SalesForce Write/).waitFor();
  expect(await bubble(page, /SalesForce Write to/).count()).toBe(0);
  await panel(page).getByRole('combobox', { name: 'Edge key for matching' }).click();
  await page.getByText('On the edge').waitFor();
  const texts = await page.getByRole('option').allInnerTexts();
  expect(texts.slice(0, 2).map((one) => one.split('\n')[0])).toEqual(['Id', 'Name']);
});

test('what is typed and left before the lists are there is in the run that starts at once', async () => {
  const { page } = await stage({
    files: { 'flows/screenshot.yaml': SCREENSHOT_FLOW.replace(/^ +matchKey:.*\n/m, '') },
  });
  let answer: () => void = () => undefined;
  const isTime = new Promise<void>((resolve) => (answer = resolve));
  await page.route('**/api/choices', async (route) => {
    await isTime;
    await route.continue().catch(() => undefined);
  });
  await page.reload();
  const key = block(page, 'SalesForce Write').getByRole('combobox', { name: 'Edge key for matching' });
  await key.click();
  await page.keyboard.type('id');
  await page.keyboard.press('Tab');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await bubble(page, /^2 records, Receiver to SalesForce Write/).waitFor();
  await bubble(page, /^1 record, SalesForce Write to Terminator/).waitFor();
  answer();
  await expect.poll(() => key.inputValue()).toMatch(/^(Id|Account ID)/);
});

test('a failing choice source says why and can be tried again', async () => {
  const { page } = await stage({ files: FLOW });
  await page.route('**/api/choices', (route) =>
    route.fulfill({ status: 422, json: { error: { code: 'host', message: 'The org is closed today.', hint: '' } } }),
  );
  await page.reload();
  const object = block(page, 'SalesForce Write').getByRole('combobox', { name: 'Object' });
  await object.click();
  await page.getByText('The org is closed today.').waitFor();
  await page.unroute('**/api/choices');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('option', { name: 'Account', exact: true }).waitFor();
});

test("the five-line plugin's block has icon, form and help, and runs", async () => {
  const { page } = await stage({ options: ['--plugin', FIVE_LINE_PLUGIN] });
  const palette = page.getByRole('navigation', { name: 'Blocks' });
  for (const name of ['Receiver', 'Shout', 'Sinkhole']) {
    await palette.getByRole('button', { name: new RegExp(`^${name}`) }).click();
  }
  await block(page, 'Shout').getByText('Upper-cases every text').waitFor({ state: 'attached' });
  await block(page, 'Shout').locator('header svg').first().waitFor();
  await block(page, 'Shout').getByRole('button', { name: 'Help for Shout' }).click();
  await page.getByRole('dialog', { name: 'Shout' }).getByText('Upper-cases every text').waitFor();
  await page.keyboard.press('Escape');
  // Each was wired to the one before it when it was added.
  await expect.poll(() => page.locator('.react-flow__edge').count()).toBe(2);
  await page.getByRole('button', { name: 'Fit View' }).click();
  await block(page, 'Receiver').locator('.block-header').click();
  await panel(page).getByRole('textbox', { name: 'Test Data' }).focus();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText("[{word: 'quiet'}]");
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await bubble(page, /^1 record, Shout to Sinkhole/).click();
  await page.getByRole('cell', { name: 'QUIET' }).waitFor();
});

test('test data says on which line it cannot be read', async () => {
  const { page } = await stage({ files: FLOW });
  await block(page, 'Receiver').locator('.block-header').click();
  await panel(page).getByRole('textbox', { name: 'Test Data' }).focus();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText("[\n  { Id: 'a' },\n  { Id: }\n]");
  await panel(page)
    .getByText(/Line 3, column 9/)
    .waitFor();
});

test('Escape, then Tab leads from the test data to what follows it, and nobody has to hurry', async () => {
  const { page } = await stage({ files: FLOW });
  await block(page, 'Receiver').locator('.block-header').click();
  const editor = panel(page).getByRole('textbox', { name: 'Test Data' });
  await editor.focus();
  const hasFocus = (place: Locator) => place.evaluate((element) => element.contains(document.activeElement));
  await page.keyboard.press('Tab');
  await page.keyboard.press('Escape');
  expect(await hasFocus(editor)).toBe(true);
  await page.clock.setSystemTime(Date.now() + 30_000);
  await page.keyboard.press('Tab');
  expect(await hasFocus(editor)).toBe(false);
  expect(await hasFocus(panel(page))).toBe(true);
});

test('Ctrl+Enter in the test data runs the flow and leaves the data as it is', async () => {
  const { page, studio } = await stage({ files: FLOW });
  await block(page, 'Receiver').locator('.block-header').click();
  await panel(page).getByRole('textbox', { name: 'Test Data' }).focus();
  await page.keyboard.press('ControlOrMeta+Enter');
  await bubble(page, /^2 records, Receiver to SalesForce Write/).waitFor();
  expect(studio.read('flows/screenshot.yaml')).toBe(SCREENSHOT_FLOW);
});
