/** Usable by everyone: narrow windows, zoom, forced colours, less motion, and a keyboard for what a mouse drags. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { ACCOUNT_ID, block, bubble, choose, expectCounts, panel, SCREENSHOT_FLOW, setTheStage, tab } from '../support';

const stage = setTheStage();
const FLOW = { 'flows/screenshot.yaml': SCREENSHOT_FLOW };

/** How far the page could be scrolled sideways; text that has to be would be unreadable at this width. */
const sideways = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

test.each([
  ['320 pixels wide', { width: 320, height: 640 }],
  ['zoomed to 200 % on a small screen', { width: 640, height: 400 }],
])('%s, the flow is run, looked into and changed, and nothing runs out of the page', async (_name, viewport) => {
  const { page } = await stage({ files: FLOW });
  await page.setViewportSize(viewport);
  await expect.poll(() => sideways(page)).toBe(0);
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await expectCounts(page, 2, 1, 1);
  await block(page, 'SalesForce Write').focus();
  await page.keyboard.press('Enter');
  await tab(page, 'Result');
  await panel(page).getByRole('button', { name: '1 Invalid' }).waitFor();
  await tab(page, 'Settings');
  await choose(page, panel(page), 'Object', 'contact', 'Contact');
  await expect.poll(() => sideways(page)).toBe(0);
  await tab(page, 'Wires');
  await panel(page)
    .getByRole('button', { name: /^1: inspect SalesForce Write 2/ })
    .click();
  const inspector = page.getByRole('dialog');
  await inspector.getByText(/'invalidId' is not a Salesforce Id/).waitFor();
  await expect.poll(() => sideways(page)).toBe(0);
  await inspector.getByRole('tab', { name: /^Items/ }).click();
  await inspector.getByRole('cell', { name: 'invalidId' }).waitFor();
  await expect.poll(() => sideways(page)).toBe(0);
  await page.keyboard.press('Escape');
  for (const name of ['Connections', 'Data Store', 'Flows']) {
    await page.getByRole('button', { name, exact: true }).click();
    await page.getByRole('dialog', { name }).waitFor();
    const box = await page.getByRole('dialog', { name }).boundingBox();
    expect(box?.width ?? 0).toBeLessThanOrEqual(viewport.width);
    await page.keyboard.press('Escape');
  }
});

test('in forced colours every block, count, box and icon can be told from the ground', async () => {
  const { page } = await stage({ files: FLOW });
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await expectCounts(page, 2, 1, 1);
  await page.emulateMedia({ forcedColors: 'active' });
  const looks = () =>
    page.evaluate(() => {
      const style = (selector: string) => getComputedStyle(document.querySelector(selector) as Element);
      const widths = ['[data-block=write]', '.react-flow__edgelabel-renderer button'].map(
        (one) => style(one).borderTopWidth,
      );
      const icon = style('[data-block=write] header span[aria-hidden]');
      const ground = style('[data-block=write] header').backgroundColor;
      const checks = getComputedStyle(
        document.querySelector('[data-block=write] input[type=checkbox]') as Element,
      ).appearance;
      return { widths, isIconSeen: icon.backgroundColor !== ground, checks };
    });
  await expect.poll(looks).toEqual({ widths: ['1px', '1px'], isIconSeen: true, checks: 'auto' });
  await page.keyboard.press('Tab');
  const outline = () => page.evaluate(() => getComputedStyle(document.activeElement as Element).outlineStyle);
  await expect.poll(outline).not.toBe('none');
});

test('who wants less motion gets none', async () => {
  const { page } = await stage({ options: ['--hang', 'collections_update:1'], files: FLOW });
  const moving = () =>
    page.evaluate(
      () => document.getAnimations().filter((one) => Number(one.effect?.getComputedTiming().duration ?? 0) > 1).length,
    );
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await block(page, 'SalesForce Write').getByRole('progressbar').waitFor();
  expect(await moving()).toBe(0);
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  await expect.poll(moving).toBeGreaterThan(0);
});

test('panel and log are resized with the arrow keys, and stay so on the next visit', async () => {
  const { page } = await stage({ files: FLOW });
  await block(page, 'SalesForce Write').locator('.block-header').click();
  const width = async () => (await panel(page).boundingBox())?.width ?? 0;
  const before = await width();
  const edge = page.getByRole('separator', { name: 'Width of the panel' });
  await edge.focus();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await expect.poll(width).toBe(before + 48);
  await expect.poll(() => edge.getAttribute('aria-valuenow')).toBe(String(before + 48));
  await page.keyboard.press('Home');
  await expect.poll(width).toBe(300);
  const log = page.getByRole('region', { name: 'Log lines' });
  const height = async () => (await log.boundingBox())?.height ?? 0;
  const low = await height();
  await page.getByRole('separator', { name: 'Height of the log' }).focus();
  await page.keyboard.press('ArrowUp');
  await expect.poll(height).toBe(low + 24);
  await page.reload();
  await block(page, 'SalesForce Write').locator('.block-header').click();
  await expect.poll(width).toBe(300);
  await expect.poll(height).toBe(low + 24);
});

test('the panel is resized with the mouse too', async () => {
  const { page } = await stage({ files: FLOW });
  await block(page, 'SalesForce Write').locator('.block-header').click();
  const before = await panel(page).boundingBox();
  if (!before) throw new Error('there is no panel');
  await page.mouse.move(before.x, before.y + 300);
  await page.mouse.down();
  await page.mouse.move(before.x - 100, before.y + 300, { steps: 5 });
  await page.mouse.up();
  await expect.poll(async () => (await panel(page).boundingBox())?.width).toBe(before.width + 100);
});

test('settings with a few choices show names, and store what the schema calls them', async () => {
  const { page, studio } = await stage({ files: FLOW });
  await block(page, 'SalesForce Write').locator('.block-header').click();
  await panel(page).getByText('Advanced').click();
  const api = panel(page).getByRole('combobox', { name: 'API', exact: true });
  await expect.poll(() => api.inputValue()).toBe('Automatic, by the number of items');
  await choose(page, panel(page), 'API', 'bulk', 'Bulk API 2.0');
  await expect.poll(() => studio.read('flows/screenshot.yaml')).toContain('api: bulk');
});

test("a block's dot says what is missing and leads to it; the flow's own problems stand on the canvas", async () => {
  const { page } = await stage();
  const palette = page.getByRole('navigation', { name: 'Blocks' });
  await palette.getByRole('button', { name: /^SalesForce Write/ }).click();
  await page.getByText('Not ready to run: 1 problem').click();
  await page.getByText('A flow begins at exactly one Receiver, but it has none.').waitFor();
  await page.getByRole('button', { name: 'Close panel' }).click();
  const dot = block(page, 'SalesForce Write').getByRole('button', { name: /problems?: .*Object is not set/ });
  expect(await dot.getAttribute('title')).toContain('Object is not set');
  await dot.click();
  await expect
    .poll(() => page.evaluate(() => document.activeElement?.closest('[data-field]')?.getAttribute('data-field')))
    .toMatch(/^\/(connection|object)$/);
  await palette.getByRole('button', { name: /^Receiver/ }).click();
  await block(page, 'Receiver').getByRole('img', { name: 'Ready to run' }).waitFor();
  await expect.poll(() => page.getByText('Not ready to run').count()).toBe(0);
});

test('a table that is pasted into the test data becomes items', async () => {
  const { page } = await stage({ files: FLOW });
  await block(page, 'Receiver').locator('.block-header').click();
  const editor = panel(page).getByRole('textbox', { name: 'Test Data' });
  await editor.focus();
  await editor.evaluate((element, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', text);
    element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, `Id,Name\n${ACCOUNT_ID},"Pasted, with a comma"\n`);
  await page.getByText('1 item ·').waitFor();
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await bubble(page, /^1 record, SalesForce Write to Terminator/).click();
  await page.getByRole('cell', { name: 'Pasted, with a comma' }).waitFor();
});
