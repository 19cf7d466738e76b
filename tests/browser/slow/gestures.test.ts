/** What the hand and the keys do to blocks that are there already, and what the clipboard and the menu know of it. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { block, bubble, choose, panel, SCREENSHOT_FLOW, setTheStage } from '../support';
import { boxOf, drag } from '../pointer';

const stage = setTheStage();
const FILE = 'flows/screenshot.yaml';
const FLOW = { [FILE]: SCREENSHOT_FLOW };
const MAPPER = '  - {id: mapper, type: MAPPER_V1, position: {x: 40, y: 640}}\n';

const palette = (page: Page, name: string) =>
  page.getByRole('navigation', { name: 'Blocks' }).getByRole('button', { name: new RegExp(`^${name}`) });
const wires = (page: Page) => page.locator('.react-flow__edge');
const header = (page: Page, name: string) => block(page, name).locator('.block-header');

test('a click, Enter and a drag put a block alike: wired to the selected one, and undo takes both', async () => {
  const flow = SCREENSHOT_FLOW.replace(
    / {2}- id: terminator[\s\S]*/,
    'edges:\n  - {source: receiver, target: write}\n',
  );
  const { page } = await stage({ files: { [FILE]: flow } });
  const ways: (() => Promise<void>)[] = [
    () => palette(page, 'Terminator').click(),
    async () => {
      await palette(page, 'Terminator').focus();
      await page.keyboard.press('Enter');
    },
    async () => {
      const canvas = await boxOf(page.locator('.react-flow'));
      await palette(page, 'Terminator').hover();
      await page.mouse.down();
      await page.mouse.move(canvas.x + 500, canvas.y + canvas.height - 90, { steps: 5 });
      await page.mouse.move(canvas.x + 520, canvas.y + canvas.height - 80, { steps: 5 });
      await page.mouse.up();
    },
  ];
  for (const put of ways) {
    await header(page, 'SalesForce Write').click();
    await put();
    await expect.poll(() => wires(page).count()).toBe(2);
    await block(page, 'Terminator').waitFor();
    expect(await page.locator('.react-flow__node.selected').getAttribute('aria-label')).toBe('Terminator block');
    await page.keyboard.press('ControlOrMeta+z');
    await expect.poll(() => wires(page).count()).toBe(1);
    expect(await block(page, 'Terminator').count()).toBe(0);
  }
});

test('a block that stands on the canvas is dragged into a wire; one undo takes it out and back', async () => {
  const { page, studio } = await stage({ files: { [FILE]: SCREENSHOT_FLOW.replace('edges:', `${MAPPER}edges:`) } });
  const from = await boxOf(header(page, 'Mapper'));
  const wire = await boxOf(wires(page).first());
  await drag(page, { x: from.x + 80, y: from.y + 12 }, { x: wire.x + wire.width / 2, y: wire.y + wire.height / 2 });
  await expect.poll(() => wires(page).count()).toBe(4);
  await expect.poll(() => studio.read(FILE)).toMatch(/source: receiver, target: mapper/);
  await page.keyboard.press('ControlOrMeta+z');
  await expect.poll(() => wires(page).count()).toBe(3);
  // What is taken back is drawn with the next frame.
  const place = async () => {
    const { x, y } = await boxOf(header(page, 'Mapper'));
    return [Math.round(x), Math.round(y)];
  };
  await expect.poll(place).toEqual([Math.round(from.x), Math.round(from.y)]);
});

test('cut, duplicate and paste act on what is selected, in another tab too', async () => {
  const { page } = await stage({ files: FLOW });
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const second = await page.context().newPage();
  await second.goto(page.url());
  await block(second, 'Sinkhole').waitFor();
  await page.bringToFront();
  await header(page, 'Receiver').click();
  await header(page, 'SalesForce Write').click({ modifiers: ['Control'] });
  await page.keyboard.press('ControlOrMeta+d');
  await expect.poll(() => block(page, 'Receiver').count()).toBe(2);
  expect(await wires(page).count()).toBe(4);
  await page.keyboard.press('ControlOrMeta+x');
  await expect.poll(() => block(page, 'Receiver').count()).toBe(1);
  expect([await wires(page).count(), await block(page, 'SalesForce Write').count()]).toEqual([3, 1]);
  await page.getByText('Saved', { exact: true }).waitFor();

  await second.bringToFront();
  await second.locator('.react-flow__pane').click({ position: { x: 300, y: 20 } });
  await second.keyboard.press('ControlOrMeta+v');
  await expect.poll(() => block(second, 'SalesForce Write').count()).toBe(2);
  expect(await wires(second).count()).toBe(4);
  await second.keyboard.press('Delete');
  await expect.poll(() => wires(second).count()).toBe(3);
  expect(await block(second, 'SalesForce Write').count()).toBe(1);
});

test('a name, a choice and a tick in the panel are taken back with Ctrl+Z where they were made', async () => {
  const { page } = await stage({ files: FLOW });
  await header(page, 'SalesForce Write').click();
  const name = panel(page).getByRole('textbox', { name: 'Name of this block' });
  await name.pressSequentially('Accounts');
  await header(page, 'Accounts').waitFor();
  await header(page, 'Accounts').click();
  await page.keyboard.press('ControlOrMeta+z');
  await header(page, 'SalesForce Write').waitFor();
  await expect.poll(() => name.inputValue()).toBe('');

  const tick = panel(page).getByRole('checkbox', { name: 'Upsert' });
  await tick.uncheck();
  await page.keyboard.press('ControlOrMeta+z');
  await expect.poll(() => tick.isChecked()).toBe(true);
  await page.keyboard.press('ControlOrMeta+Shift+z');
  await expect.poll(() => tick.isChecked()).toBe(false);

  const object = panel(page).getByRole('combobox', { name: 'Object' });
  await choose(page, panel(page), 'Object', 'contact', 'Contact');
  // The field that Contact does not take goes with it, and comes back with it.
  await page.getByText('SF properties to write: cleared Name, which Contact does not have.').waitFor();
  await page.keyboard.press('ControlOrMeta+z');
  await expect.poll(() => object.inputValue()).toBe('Account');
});

test('the menu opens by key, acts on the block or the wire under it, and has what the keys have', async () => {
  const { page } = await stage({ files: FLOW });
  const menu = page.getByRole('menu');
  const wire = await boxOf(wires(page).first());
  await page.mouse.click(wire.x + 20, wire.y + 1, { button: 'right' });
  await menu.getByRole('menuitem', { name: 'Delete' }).click();
  await expect.poll(() => wires(page).count()).toBe(2);
  await page.keyboard.press('ControlOrMeta+z');
  await expect.poll(() => wires(page).count()).toBe(3);

  await block(page, 'Sinkhole').focus();
  await page.keyboard.press('Shift+F10');
  await menu.waitFor();
  await menu.getByRole('menuitem', { name: 'Open its panel' }).click();
  await panel(page).getByRole('heading', { name: 'Sinkhole' }).waitFor();
  // The panel takes the keys once it is drawn.
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('panel-title');
  await block(page, 'Sinkhole').focus();
  await page.keyboard.press('Shift+F10');
  await menu.waitFor();
  await page.keyboard.press('Escape');
  await expect.poll(() => menu.count()).toBe(0);
  const hasKeys = () => block(page, 'Sinkhole').evaluate((one) => one === document.activeElement);
  await expect.poll(hasKeys).toBe(true);
  await header(page, 'SalesForce Write').click({ button: 'right' });
  await menu.getByRole('menuitem', { name: 'Connect it to another block' }).click();
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toMatch(/^Connect/);
  await header(page, 'SalesForce Write').click({ button: 'right' });
  await menu.getByRole('menuitem', { name: 'Run the flow' }).click();
  await bubble(page, /^2 records, Receiver to SalesForce Write/).waitFor();
});

test.each([
  ['close together', { x: 560, y: 20 }],
  ['below the one that feeds it', { x: 380, y: 560 }],
  ['to the left of the one that feeds it', { x: -420, y: 300 }],
])('each count can be clicked while a block is %s', async (_name, { x, y }) => {
  const flow = SCREENSHOT_FLOW.replace('position: { x: 990, y: 265 }', `position: { x: ${x}, y: ${y} }`);
  const { page } = await stage({ files: { [FILE]: flow } });
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await bubble(page, /Write to Sinkhole/).waitFor();
  for (const name of [/Receiver to SalesForce Write/, /Write to Terminator/, /Write to Sinkhole/]) {
    await bubble(page, name).click({ timeout: 3000 });
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  }
});
