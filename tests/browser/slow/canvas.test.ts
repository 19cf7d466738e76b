/** What the hand does on the canvas, happens: measured on the screen, with a mouse that moves in steps. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { block, panel, SCREENSHOT_FLOW, setTheStage } from '../support';
import { boxOf } from '../pointer';

const stage = setTheStage();
const FLOW = { 'flows/screenshot.yaml': SCREENSHOT_FLOW };
const BLOCKS = ['Receiver', 'SalesForce Write', 'Terminator', 'Sinkhole'];

const header = (page: Page, name: string) => block(page, name).locator('.block-header');
const view = (page: Page) =>
  page.locator('.react-flow__viewport').evaluate((element) => (element as HTMLElement).style.transform);

/** Where the canvas stands once nothing changes it any more. */
async function settledView(page: Page): Promise<string> {
  let last = '';
  const isSettled = async () => {
    const before = last;
    last = await view(page);
    return last === before;
  };
  await expect.poll(isSettled, { interval: 200 }).toBe(true);
  return last;
}

/** Drags from a point, in steps as a hand does; answers where the canvas stood at each of them. */
async function drag(page: Page, from: { x: number; y: number }, by: { x: number; y: number }): Promise<string[]> {
  const views: string[] = [];
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  for (let step = 1; step <= 10; step += 1) {
    await page.mouse.move(from.x + (by.x * step) / 10, from.y + (by.y * step) / 10);
    views.push(await view(page));
  }
  await page.mouse.up();
  return views;
}

/** How far a block has gone; the last step of a drag is drawn with the next frame. */
async function movedBy(page: Page, name: string, before: { x: number; y: number }): Promise<number[]> {
  const after = await boxOf(block(page, name));
  return [Math.round(after.x - before.x), Math.round(after.y - before.y)];
}

test('a block that is dragged moves as the hand does, the canvas stands still, and no panel opens', async () => {
  const { page } = await stage({ files: FLOW });
  await page.setViewportSize({ width: 1440, height: 900 });
  const still = await view(page);
  for (const name of BLOCKS) {
    const before = await boxOf(block(page, name));
    const views = await drag(page, { x: before.x + 60, y: before.y + 14 }, { x: -100, y: 20 });
    expect(new Set([...views, await view(page)])).toEqual(new Set([still]));
    await expect.poll(() => movedBy(page, name, before)).toEqual([-100, 20]);
    expect(await panel(page).count()).toBe(0);
  }
});

test('beside an open panel another block is dragged as the hand does, and the panel tells of it', async () => {
  const { page } = await stage({ files: FLOW });
  await page.setViewportSize({ width: 1440, height: 900 });
  await header(page, 'SalesForce Write').click();
  await panel(page).waitFor();
  const still = await settledView(page);
  const before = await boxOf(block(page, 'Receiver'));
  const views = await drag(page, { x: before.x + 150, y: before.y + 14 }, { x: 30, y: 60 });
  expect(new Set([...views, await view(page)])).toEqual(new Set([still]));
  await expect.poll(() => movedBy(page, 'Receiver', before)).toEqual([30, 60]);
  await panel(page).getByRole('heading', { name: 'Receiver' }).waitFor();
});

test('the words of the top bar and a banner come and go, and the canvas stays where it is', async () => {
  const { page, studio } = await stage({ files: FLOW });
  const canvas = page.locator('.react-flow');
  for (const width of [1024, 1280, 1360, 1400, 1440, 1480]) {
    await page.setViewportSize({ width, height: 900 });
    await page.getByText('Saved', { exact: true }).waitFor();
    const before = await boxOf(canvas);
    await page.getByLabel('Flow name').fill(`Screens${width}`);
    await page.getByText('Saving…').waitFor();
    expect([width, await boxOf(canvas)]).toEqual([width, before]);
  }
  await page.getByText('Saved', { exact: true }).waitFor();
  const before = await boxOf(canvas);
  studio.write('flows/screenshot.yaml', FLOW['flows/screenshot.yaml'].replace('name: Screenshot', 'name: Another'));
  await page.getByLabel('Flow name').fill('Screens1481');
  await page.getByRole('button', { name: 'Overwrite it' }).waitFor();
  expect(await boxOf(canvas)).toEqual(before);
});

test('the canvas does not move while the edge of the panel is held, and shows the block when it is let go', async () => {
  const { page } = await stage({ files: FLOW });
  await page.setViewportSize({ width: 1440, height: 900 });
  await header(page, 'Sinkhole').click();
  const still = await settledView(page);
  const edge = await boxOf(panel(page));
  const views = await drag(page, { x: edge.x, y: edge.y + 300 }, { x: -200, y: 0 });
  expect(new Set(views)).toEqual(new Set([still]));
  const isSeen = async () => {
    const { x, width } = await boxOf(block(page, 'Sinkhole'));
    return x + width < (await boxOf(panel(page))).x;
  };
  await expect.poll(isSeen).toBe(true);
});

test('a closed panel gives the canvas back as it was, unless the new block were out of view then', async () => {
  const { page } = await stage({ files: FLOW });
  await page.setViewportSize({ width: 1440, height: 900 });
  const close = async () => {
    await panel(page).getByRole('button', { name: 'Close panel' }).click();
    await panel(page).waitFor({ state: 'hidden' });
  };
  const still = await settledView(page);
  await header(page, 'Sinkhole').click();
  await panel(page).waitFor();
  expect(await settledView(page)).not.toBe(still);
  await close();
  expect(await settledView(page)).toBe(still);

  const added = page.locator('.react-flow__node.selected .block-header');
  for (const count of [1, 2]) {
    await page
      .getByRole('navigation', { name: 'Blocks' })
      .getByRole('button', { name: /^Mapper/ })
      .click();
    await expect.poll(() => page.locator('.react-flow__node').count()).toBe(BLOCKS.length + count);
    await panel(page).waitFor();
    await close();
    await settledView(page);
    const [canvas, seen] = [await boxOf(page.locator('.react-flow')), await boxOf(added)];
    expect(seen.x).toBeGreaterThanOrEqual(canvas.x);
    expect(seen.x + 120).toBeLessThanOrEqual(canvas.x + canvas.width);
  }
});

test('who uses the form on a block gets no panel, and nothing moves under the mouse', async () => {
  const { page } = await stage({ files: FLOW });
  await page.setViewportSize({ width: 1440, height: 900 });
  const still = await view(page);
  await block(page, 'Terminator').getByRole('checkbox').check();
  await block(page, 'SalesForce Write').getByRole('combobox', { name: 'Object' }).click();
  await page.getByRole('option', { name: 'Contact', exact: true }).waitFor();
  expect(await panel(page).count()).toBe(0);
  expect(await view(page)).toBe(still);
});

test.each([
  ['zoomed to 200 %', { width: 720, height: 450 }],
  ['zoomed to 200 % on a small screen', { width: 640, height: 400 }],
  ['320 pixels wide', { width: 320, height: 640 }],
  ['1024 by 700', { width: 1024, height: 700 }],
])('%s, what was selected is seen beside its panel, and the page never scrolls', async (_name, viewport) => {
  const { page } = await stage({ files: FLOW });
  await page.setViewportSize(viewport);
  for (const name of BLOCKS) {
    await block(page, name).focus();
    await page.keyboard.press('Enter');
    await panel(page).getByRole('heading', { name }).waitFor();
    const covered = () =>
      header(page, name).evaluate((element) => {
        const { left, right, top, bottom } = element.getBoundingClientRect();
        return [left + 12, Math.min((left + right) / 2, left + 120)].filter(
          (x) => !element.contains(document.elementFromPoint(x, (top + bottom) / 2)),
        );
      });
    await expect.poll(covered).toEqual([]);
    const scrolls = await page.evaluate(() => {
      const { scrollWidth, clientWidth, scrollHeight, clientHeight } = document.documentElement;
      return [scrollWidth - clientWidth, scrollHeight - clientHeight, scrollX, scrollY];
    });
    expect(scrolls).toEqual([0, 0, 0, 0]);
  }
});
