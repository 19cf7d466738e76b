/** Counts are read and clicked wherever they come to stand: beside each other, and beside an open panel. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { block, bubble, expectCounts, panel, SCREENSHOT_FLOW, setTheStage } from '../support';
import { boxOf, drag } from '../pointer';

const stage = setTheStage();
const FILE = 'flows/screenshot.yaml';
const FLOW = { [FILE]: SCREENSHOT_FLOW };
const SIZES = [
  { width: 1440, height: 900 },
  { width: 1024, height: 700 },
];
/** The counts on the wires of each block. */
const OWN: [string, RegExp[]][] = [
  ['Receiver', [/, Receiver to /]],
  ['SalesForce Write', [/, Receiver to /, /Write to Terminator/, /Write to Sinkhole/]],
  ['Terminator', [/Write to Terminator/]],
  ['Sinkhole', [/Write to Sinkhole/]],
];

const view = (page: Page) =>
  page.locator('.react-flow__viewport').evaluate((element) => (element as HTMLElement).style.transform);

/** As in a window that had this size from the beginning: the flow fits into it. */
async function openAt(page: Page, size: { width: number; height: number }): Promise<void> {
  await page.setViewportSize(size);
  await page.reload();
  await block(page, 'Terminator').waitFor();
}

/** The counts that something else lies over, at one of their ends or in the middle, and those that another one touches. */
const covered = (page: Page) =>
  page.evaluate(() => {
    const all = [...document.querySelectorAll('.react-flow__edgelabel-renderer button')];
    const boxes = all.map((one) => one.getBoundingClientRect());
    return all.flatMap((one, at) => {
      const { left, right, top, bottom } = boxes[at] as DOMRect;
      const isTouched = boxes.some(
        (other, index) =>
          index !== at && left < other.right && other.left < right && top < other.bottom && other.top < bottom,
      );
      const isUnder = [left + 8, (left + right) / 2, right - 8].some(
        (x) => document.elementFromPoint(x, (top + bottom) / 2) !== one,
      );
      return isTouched || isUnder ? [one.getAttribute('aria-label')] : [];
    });
  });

/** Those of the counts that are not wholly within the canvas, which ends where the panel begins. */
async function hidden(page: Page, counts: RegExp[]): Promise<unknown[]> {
  const canvas = await boxOf(page.locator('.react-flow'));
  const boxes = await Promise.all(counts.map((one) => boxOf(bubble(page, one))));
  return boxes.filter(
    ({ x, y, width, height }) =>
      x < canvas.x || y < canvas.y || x + width > canvas.x + canvas.width || y + height > canvas.y + canvas.height,
  );
}

test.each(SIZES)('at $width by $height no count lies under another one, however the blocks stand', async (size) => {
  // Both outputs lead to one block, which is dragged nearer and nearer, and then to the other side.
  const flow = SCREENSHOT_FLOW.replace('target: sinkhole', 'target: terminator');
  const { page } = await stage({ files: { [FILE]: flow } });
  await openAt(page, size);
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await bubble(page, /^1 record, SalesForce Write to Terminator/)
    .nth(1)
    .waitFor();
  expect(await covered(page)).toEqual([]);
  for (const by of [
    { x: -30, y: 40 },
    { x: -10, y: 60 },
    { x: 10, y: -140 },
    { x: -250, y: 260 },
  ]) {
    const { x, y } = await boxOf(block(page, 'Terminator').locator('.block-header'));
    await drag(page, { x: x + 30, y: y + 10 }, { x: x + 30 + by.x, y: y + 10 + by.y });
    await expect.poll(() => covered(page)).toEqual([]);
  }
  for (const number of [0, 1]) {
    await bubble(page, /Write to Terminator/)
      .nth(number)
      .click({ timeout: 5000 });
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  }
});

test.each(SIZES)('at $width by $height the panel leaves the counts of what is selected in view', async (size) => {
  const { page } = await stage({ files: FLOW });
  await openAt(page, size);
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await expectCounts(page, 2, 1, 1);
  for (const [name, counts] of OWN) {
    await block(page, name).locator('.block-header').click();
    await panel(page).getByRole('heading', { name }).waitFor();
    await expect.poll(() => hidden(page, counts)).toEqual([]);
    for (const one of counts) {
      await bubble(page, one).click({ timeout: 5000 });
      await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    }
    await panel(page).getByRole('button', { name: 'Close panel' }).click();
  }
});

test.each(SIZES)(
  'at $width by $height a block at the edge of the canvas comes into view with its counts',
  async (size) => {
    const { page } = await stage({ files: FLOW });
    await openAt(page, size);
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await expectCounts(page, 2, 1, 1);
    for (const [name, counts] of OWN) {
      // The canvas is drawn aside until the block stands at its left edge, and what leads to the block beyond it.
      const canvas = await boxOf(page.locator('.react-flow'));
      const from = { x: canvas.x + 200, y: canvas.y + canvas.height - 12 };
      const way = async () => canvas.x + 14 - (await boxOf(block(page, name))).x;
      await expect
        .poll(async () => {
          await drag(page, from, { x: from.x + (await way()), y: from.y });
          return Math.abs(await way());
        })
        .toBeLessThan(2);
      const still = await view(page);
      await block(page, name).locator('.block-header').click();
      await panel(page).getByRole('heading', { name }).waitFor();
      await expect.poll(() => hidden(page, counts)).toEqual([]);
      await panel(page).getByRole('button', { name: 'Close panel' }).click();
      await expect.poll(() => view(page)).toBe(still);
    }
  },
);

test('counts come to stand in view beside a panel that was open before the run', async () => {
  const { page } = await stage({ files: FLOW });
  await openAt(page, { width: 1024, height: 700 });
  await block(page, 'SalesForce Write').locator('.block-header').click();
  await panel(page).waitFor();
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await expectCounts(page, 2, 1, 1);
  expect(await hidden(page, OWN[1]?.[1] ?? [])).toEqual([]);
});
