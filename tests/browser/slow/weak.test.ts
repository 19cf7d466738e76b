/** On a machine of a quarter of the speed, and with answers that come late, the hand is obeyed all the same. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { block, bubble, hold, panel, SCREENSHOT_FLOW, setTheStage, slowDown } from '../support';
import { boxOf, drag } from '../pointer';

const stage = setTheStage();
const FILE = 'flows/screenshot.yaml';
const FLOW = { [FILE]: SCREENSHOT_FLOW };

const header = (page: Page, name: string) => block(page, name).locator('.block-header');
const wires = (page: Page) => page.locator('.react-flow__edge');
const view = (page: Page) =>
  page.locator('.react-flow__viewport').evaluate((element) => (element as HTMLElement).style.transform);

test('a block is dragged as the hand does, while the save of the drag before is still on its way', async () => {
  const { page, studio } = await stage({ files: FLOW });
  await page.setViewportSize({ width: 1440, height: 900 });
  await slowDown(page);
  const still = await view(page);
  const goOn = await hold(page, '**/api/flows/screenshot');
  for (const by of [-100, 60]) {
    const before = await boxOf(header(page, 'Terminator'));
    const from = { x: before.x + 60, y: before.y + 14 };
    await drag(page, from, { x: from.x + by, y: from.y + 20 });
    const moved = async () => Math.round((await boxOf(header(page, 'Terminator'))).x - before.x);
    await expect.poll(moved).toBe(by);
    expect(await view(page)).toBe(still);
    await page.getByText('Saving…').waitFor();
  }
  expect(await panel(page).count()).toBe(0);
  await goOn();
  await page.getByText('Saved', { exact: true }).waitFor();
  // Both drags are in the file: 40 pixels to the left in all.
  const [, x = ''] = /id: terminator\n[^]*?x: (\d+)/.exec(studio.read(FILE)) ?? [];
  expect(Number(x)).toBeLessThan(990);
  expect(Number(x)).toBeGreaterThan(900);
});

test('keys that are pressed faster than the page draws act in their order', async () => {
  const { page } = await stage({ files: FLOW });
  await slowDown(page);
  await header(page, 'Sinkhole').click();
  for (const key of ['Control+d', 'Control+d', 'Delete', 'Control+z', 'Control+z', 'Control+z', 'Control+y']) {
    await page.keyboard.press(key);
  }
  await expect.poll(() => block(page, 'Sinkhole').count()).toBe(2);
  expect(await wires(page).count()).toBe(3);
});

test('a choice that is typed and left before its list is there is in the run that starts at once', async () => {
  const { page } = await stage({ files: { [FILE]: SCREENSHOT_FLOW.replace(/ {6}matchKey: .*\n/, '') } });
  await slowDown(page);
  const goOn = await hold(page, /\/choices/);
  await page.reload();
  await header(page, 'SalesForce Write').click();
  await panel(page).getByRole('combobox', { name: 'Edge key for matching' }).click();
  await page.keyboard.type('id');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Control+Enter');
  await bubble(page, /^1 record, SalesForce Write to Terminator/).waitFor();
  await goOn();
  expect(await page.getByText('The flow did not start').count()).toBe(0);
});
