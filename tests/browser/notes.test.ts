/** Notes on the canvas: what people write beside the blocks, and a run does not look at. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { block, expectCounts, SCREENSHOT_FLOW, setTheStage } from './support';

const stage = setTheStage();
const FLOW = { 'flows/screenshot.yaml': SCREENSHOT_FLOW };
const FILE = 'flows/screenshot.yaml';
const note = (page: Page) => page.locator('.react-flow__node-note');
const text = (page: Page) => note(page).getByRole('textbox', { name: 'Note' });

async function addNote(page: Page, words: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Blocks' }).getByRole('button', { name: /^Note/ }).click();
  await write(page, words);
}

/** It can be written at once: nobody has to click into it. */
async function write(page: Page, words: string): Promise<void> {
  await expect.poll(() => text(page).evaluate((one) => one === document.activeElement)).toBe(true);
  await page.keyboard.type(words);
}

test('a note is written, stored, moved, found again after a reload, and no part of a run', async () => {
  const { page, studio } = await stage({ files: FLOW });
  await addNote(page, 'Ask Ann first');
  // What was saved while it was empty keeps its quotes.
  await expect.poll(() => studio.read(FILE)).toMatch(/notes:\n {2}- text: ("?)Ask Ann first\1\n {4}position: \{x: /);
  const handle = note(page).locator('.note-handle');
  const before = await handle.boundingBox();
  if (!before) throw new Error('there is no note');
  await page.mouse.move(before.x + 20, before.y + 8);
  await page.mouse.down();
  for (let step = 1; step <= 10; step += 1) await page.mouse.move(before.x + 20 + step * 6, before.y + 8 + step * 4);
  await page.mouse.up();
  // It is drawn with the next frame.
  await expect
    .poll(async () => {
      const after = await handle.boundingBox();
      return after && [Math.round(after.x - before.x), Math.round(after.y - before.y)];
    })
    .toEqual([60, 40]);
  await page.getByText('Saved', { exact: true }).waitFor();
  await page.reload();
  await expect.poll(() => text(page).inputValue()).toBe('Ask Ann first');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await expectCounts(page, 2, 1, 1);
});

test('a note is copied, deleted and brought back by its keys, as a block is', async () => {
  const { page, studio } = await stage({ files: FLOW });
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: studio.url });
  await addNote(page, 'Twice');
  await page.keyboard.press('Escape');
  await expect.poll(() => note(page).evaluate((one) => one === document.activeElement)).toBe(true);
  await page.keyboard.press('ControlOrMeta+c');
  await page.keyboard.press('ControlOrMeta+v');
  await expect.poll(() => note(page).count()).toBe(2);
  await page.keyboard.press('Delete');
  await expect.poll(() => note(page).count()).toBe(1);
  await page.keyboard.press('ControlOrMeta+z');
  await expect.poll(() => note(page).count()).toBe(2);
  await expect.poll(() => studio.read(FILE).match(/text: Twice/g)?.length).toBe(2);
  expect(await block(page, 'SalesForce Write').count()).toBe(1);
});

test('a note is resized by its corner and by the arrow keys, also while the canvas is zoomed; each is undone and stored', async () => {
  const { page, studio } = await stage({ files: FLOW });
  await addNote(page, 'Wide');
  await page.getByRole('button', { name: 'Zoom Out' }).click();
  const sizer = note(page).getByRole('button', { name: /^Size of this note/ });
  const scale = () =>
    note(page).evaluate((one) => one.getBoundingClientRect().width / (one as HTMLElement).offsetWidth);
  const size = () =>
    note(page).evaluate((one) => [(one as HTMLElement).offsetWidth, (one as HTMLElement).offsetHeight]);
  let zoom = 0;
  const isStill = async () => {
    const before = zoom;
    zoom = await scale();
    return zoom === before && zoom < 1;
  };
  await expect.poll(isStill, { interval: 200 }).toBe(true);
  const [width = 0, height = 0] = await size();
  const from = await sizer.boundingBox();
  if (!from) throw new Error('there is no corner');
  const [x, y] = [from.x + from.width / 2, from.y + from.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (let step = 1; step <= 10; step += 1) await page.mouse.move(x + step * 12, y + step * 8);
  await page.mouse.up();
  const isAtThePointer = async () => {
    const after = await sizer.boundingBox();
    return after && Math.abs(after.x - from.x - 120) <= 1 && Math.abs(after.y - from.y - 80) <= 1;
  };
  await expect.poll(isAtThePointer).toBe(true);
  const [wide = 0, high = 0] = await size();
  expect([wide, high]).toEqual([Math.round(width + 120 / zoom), Math.round(height + 80 / zoom)]);
  await expect.poll(() => studio.read(FILE)).toMatch(new RegExp(`width: ${wide}\n\\s+height: ${high}\n`));

  await sizer.focus();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowDown');
  await expect.poll(size).toEqual([wide - 40, high + 20]);
  await page.keyboard.press('ControlOrMeta+z');
  await expect.poll(size).toEqual([wide, high]);
  await page.getByText('Saved', { exact: true }).waitFor();
  await page.reload();
  await expect.poll(size).toEqual([wide, high]);
  await text(page).fill('Still as wide');
  await expect.poll(size).toEqual([wide, high]);
});

test("the canvas's menu puts a note where it was opened, and a wire does not end at it", async () => {
  const { page, studio } = await stage({ files: FLOW });
  const pane = await page.locator('.react-flow__pane').boundingBox();
  if (!pane) throw new Error('there is no canvas');
  const at = { x: pane.x + 200, y: pane.y + pane.height - 300 };
  await page.mouse.click(at.x, at.y, { button: 'right' });
  await page.getByRole('menuitem', { name: 'Add a note' }).click();
  await write(page, 'Here');
  const box = await note(page).boundingBox();
  expect([Math.round(box?.x ?? 0), Math.round(box?.y ?? 0)]).toEqual([at.x, at.y]);
  const wires = await page.locator('.react-flow__edge').count();
  await block(page, 'Receiver')
    .getByRole('button', { name: /^Output 1/ })
    .hover();
  await page.mouse.down();
  await page.mouse.move(at.x + 60, at.y + 60, { steps: 8 });
  await page.mouse.up();
  expect(await page.locator('.react-flow__edge').count()).toBe(wires);
  await expect.poll(() => studio.read(FILE)).toContain('text: Here');
});
