/** Blocks are put, wired, selected, copied and taken away by hand and by key: what is seen is what it is done to. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { block, panel, SCREENSHOT_FLOW, setTheStage } from '../support';
import { boxOf, drag, middleOf } from '../pointer';

const stage = setTheStage();
const FLOW = { 'flows/screenshot.yaml': SCREENSHOT_FLOW };

const palette = (page: Page, name: string) =>
  page.getByRole('navigation', { name: 'Blocks' }).getByRole('button', { name: new RegExp(`^${name}`) });
const wires = (page: Page) => page.locator('.react-flow__edge');
const undo = (page: Page) => page.getByRole('button', { name: 'Undo' });

/** An empty place of the canvas. */
async function ground(page: Page): Promise<{ x: number; y: number }> {
  const { x, y, height } = await boxOf(page.locator('.react-flow'));
  return { x: x + 300, y: y + height - 60 };
}

test('the flow of the screenshot takes four clicks: each block lands on free ground, in view, and is wired; undo takes both', async () => {
  const { page } = await stage();
  const names = ['Receiver', 'SalesForce Write', 'Terminator', 'Sinkhole'];
  for (const name of names) {
    await palette(page, name).click();
    const canvas = await boxOf(page.locator('.react-flow'));
    const isInView = async () => {
      const box = await boxOf(block(page, name));
      return (
        box.x >= canvas.x &&
        box.y >= canvas.y &&
        box.x + box.width <=
          (await boxOf(page.locator('.react-flow'))).x + (await boxOf(page.locator('.react-flow'))).width
      );
    };
    await expect.poll(isInView).toBe(true);
  }
  await expect.poll(() => wires(page).count()).toBe(3);
  const boxes = await Promise.all(names.map((name) => boxOf(block(page, name))));
  const overlapping = boxes.flatMap((a, at) =>
    boxes
      .slice(at + 1)
      .filter((b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height),
  );
  expect(overlapping).toEqual([]);
  await undo(page).click();
  await expect.poll(() => wires(page).count()).toBe(2);
  expect(await block(page, 'Sinkhole').count()).toBe(0);
});

test('a block that is dropped on a wire stands within it', async () => {
  const { page, studio } = await stage({ files: FLOW });
  const box = await boxOf(wires(page).first());
  await palette(page, 'Mapper').hover();
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 - 30, box.y + 4, { steps: 4 });
  await page.mouse.move(box.x + 12, box.y + 1, { steps: 6 });
  await page.mouse.up();
  await block(page, 'Mapper').waitFor();
  await expect.poll(() => wires(page).count()).toBe(4);
  await expect.poll(() => studio.read('flows/screenshot.yaml')).toMatch(/source: receiver, target: mapper/);
  expect(studio.read('flows/screenshot.yaml')).toMatch(/source: mapper, target: write/);
  await undo(page).click();
  await expect.poll(() => wires(page).count()).toBe(3);
});

test('a wire ends at a handle, at the body of a block, or on the canvas, where it asks what should stand there', async () => {
  const flow = SCREENSHOT_FLOW.replace(/edges:[\s\S]*/, 'edges: []\n');
  const { page } = await stage({ files: { 'flows/screenshot.yaml': flow } });
  const output = (name: string, number: number) =>
    middleOf(block(page, name).getByRole('button', { name: new RegExp(`^Output ${number}`) }));
  const body = await boxOf(block(page, 'SalesForce Write'));
  await drag(page, await output('Receiver', 1), { x: body.x + 150, y: body.y + body.height - 20 });
  await expect.poll(() => wires(page).count()).toBe(1);
  const input = await middleOf(block(page, 'Sinkhole').getByRole('img', { name: /^Input 1/ }));
  await drag(page, await output('SalesForce Write', 2), input);
  await expect.poll(() => wires(page).count()).toBe(2);
  const from = await output('SalesForce Write', 1);
  await drag(page, from, { x: from.x + 60, y: from.y + 420 });
  const asked = page.getByRole('dialog', { name: 'Add a block at the end of this wire' });
  await asked.getByRole('searchbox').fill('mapper');
  await page.keyboard.press('Enter');
  await block(page, 'Mapper').waitFor();
  await expect.poll(() => wires(page).count()).toBe(3);
  await undo(page).click();
  await expect.poll(() => wires(page).count()).toBe(2);
  expect(await block(page, 'Mapper').count()).toBe(0);
});

test('Delete takes what is seen to be selected, and nothing else', async () => {
  const { page } = await stage({ files: FLOW });
  const wire = await boxOf(wires(page).first());
  await page.mouse.click(wire.x + 20, wire.y + 1);
  await expect.poll(() => page.locator('.react-flow__edge.selected').count()).toBe(1);
  await palette(page, 'Sinkhole').click();
  await expect.poll(() => block(page, 'Sinkhole').count()).toBe(2);
  await page.keyboard.press('Delete');
  await expect.poll(() => block(page, 'Sinkhole').count()).toBe(1);
  expect(await wires(page).count()).toBe(3);

  await page.locator('.react-flow__pane').click({ position: await at(page) });
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.press('ControlOrMeta+c');
  await page.keyboard.press('ControlOrMeta+v');
  await expect.poll(() => wires(page).count()).toBe(6);
  await page.keyboard.press('Delete');
  await expect.poll(() => wires(page).count()).toBe(3);
  expect(await page.locator('.react-flow__node').count()).toBe(4);
});

/** The empty place, from the corner of the canvas. */
async function at(page: Page): Promise<{ x: number; y: number }> {
  const { x, y } = await boxOf(page.locator('.react-flow'));
  const place = await ground(page);
  return { x: place.x - x, y: place.y - y };
}

test('blocks are copied as text into another flow', async () => {
  const { page } = await stage({ files: FLOW });
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.locator('.react-flow__pane').click({ position: await at(page) });
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.press('ControlOrMeta+c');
  await page.getByText('Copied 4 blocks').waitFor();
  await page.getByRole('button', { name: 'Flows', exact: true }).click();
  await page.getByRole('button', { name: /New flow/ }).click();
  await expect.poll(() => page.locator('.react-flow__node').count()).toBe(0);
  await page.locator('.react-flow__pane').click({ position: { x: 60, y: 60 } });
  await page.keyboard.press('ControlOrMeta+v');
  await expect.poll(() => page.locator('.react-flow__node').count()).toBe(4);
  expect(await wires(page).count()).toBe(3);
});

test('a tick and a new name are taken back with Ctrl+Z, also while the box has the focus', async () => {
  const { page } = await stage({ files: FLOW });
  const box = block(page, 'SalesForce Write').getByRole('checkbox', { name: 'Upsert' });
  await box.click();
  expect(await box.isChecked()).toBe(false);
  await page.keyboard.press('ControlOrMeta+z');
  await expect.poll(() => box.isChecked()).toBe(true);
  const name = page.getByRole('textbox', { name: 'Flow name' });
  await name.fill('Another name');
  await undo(page).click();
  await expect.poll(() => name.inputValue()).toBe('Screenshot');
});

test('the menu of a block has what the keys do, and ? shows all of them', async () => {
  const { page } = await stage({ files: FLOW });
  await block(page, 'Sinkhole').locator('.block-header').click({ button: 'right' });
  const menu = page.getByRole('menu');
  await menu.waitFor();
  expect(await menu.getByRole('menuitem').allInnerTexts()).toEqual(
    expect.arrayContaining(
      ['Cut', 'Copy', 'Paste', 'Duplicate', 'Delete', 'Select all blocks', 'Undo'].map((one) =>
        expect.stringContaining(one),
      ),
    ),
  );
  await menu.getByRole('menuitem', { name: 'Duplicate' }).click();
  await expect.poll(() => block(page, 'Sinkhole').count()).toBe(2);
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).getByText('Copy blocks, also for another flow or tab').waitFor();
});

test('a wire goes around the blocks that lie in its way, and its count is never covered', async () => {
  const flow = SCREENSHOT_FLOW.replace('position: { x: 990, y: 265 }', 'position: { x: 1400, y: 60 }');
  const { page } = await stage({ files: { 'flows/screenshot.yaml': flow } });
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page
    .locator('.react-flow')
    .getByRole('button', { name: /Write to Sinkhole/ })
    .waitFor();
  const behind = await page.evaluate(() =>
    [...document.querySelectorAll<SVGPathElement>('.react-flow__edge-path')].flatMap((path) => {
      const matrix = path.getScreenCTM();
      const nodes = [...document.querySelectorAll('.react-flow__node')].map((one) => one.getBoundingClientRect());
      const length = path.getTotalLength();
      return Array.from({ length: 80 }, (_, step) =>
        path.getPointAtLength((length * (step + 0.5)) / 80).matrixTransform(matrix ?? undefined),
      ).filter(({ x, y }) =>
        nodes.some((box) => x > box.left + 12 && x < box.right - 12 && y > box.top + 12 && y < box.bottom - 12),
      );
    }),
  );
  expect(behind).toEqual([]);
  const covered = await page.evaluate(
    () =>
      [...document.querySelectorAll('.react-flow__edgelabel-renderer button')].filter((one) => {
        const { left, right, top, bottom } = one.getBoundingClientRect();
        return document.elementFromPoint((left + right) / 2, (top + bottom) / 2) !== one;
      }).length,
  );
  expect(covered).toBe(0);
});

test('Tidy up lays the flow out from left to right, as one step', async () => {
  const { page } = await stage({ files: FLOW });
  const receiver = block(page, 'Receiver');
  const from = await boxOf(receiver);
  await drag(page, { x: from.x + 60, y: from.y + 14 }, { x: from.x + 800, y: from.y + 500 });
  await page.getByRole('button', { name: 'Tidy up' }).click();
  const order = async () => {
    const lefts = await Promise.all(
      ['Receiver', 'SalesForce Write', 'Terminator'].map((name) => boxOf(block(page, name))),
    );
    return lefts.every((box, at) => at === 0 || (lefts[at - 1]?.x ?? 0) + (lefts[at - 1]?.width ?? 0) < box.x);
  };
  await expect.poll(order).toBe(true);
  await undo(page).click();
  await expect.poll(order).toBe(false);
  expect(await panel(page).count()).toBe(0);
});
