/** The list of keys and what the keys do: each line of it is done by hand, and nothing else stands there. */
import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { block, bubble, panel, SCREENSHOT_FLOW, setTheStage, type Stage } from '../support';
import { boxOf, drag } from '../pointer';

const stage = setTheStage();
const NOTE = 'notes:\n  - {text: Hello, position: {x: 20, y: 560}}\n';
const FLOW = { 'flows/screenshot.yaml': `${SCREENSHOT_FLOW}${NOTE}` };

const header = (page: Page, name: string) => block(page, name).locator('.block-header');
const selected = (page: Page) => page.locator('.react-flow__node.selected');
const blocks = (page: Page) => page.locator('.react-flow__node-block');
const list = (page: Page) => page.getByRole('dialog', { name: 'Keys' });
const hasFocus = (found: Locator) => found.evaluate((one) => one === document.activeElement);
const regionOfFocus = (page: Page) =>
  page.evaluate(() => document.activeElement?.closest<HTMLElement>('[data-region]')?.dataset['region']);

async function pressAll(page: Page, ...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

/** Presses the key, after which there are so many. */
async function changes(page: Page, key: string, found: Locator, count: number): Promise<void> {
  await page.keyboard.press(key);
  await expect.poll(() => found.count(), { message: `after ${key}` }).toBe(count);
}

async function undoAndRedo(page: Page, redo: string): Promise<void> {
  await header(page, 'Sinkhole').click();
  await changes(page, 'Delete', blocks(page), 3);
  await changes(page, 'Control+z', blocks(page), 4);
  await changes(page, redo, blocks(page), 3);
}

async function deletes(page: Page, key: string): Promise<void> {
  await header(page, 'Terminator').click();
  await changes(page, key, blocks(page), 3);
}

/** How far to the left the key moves the block that has the focus. */
async function movesBy(page: Page, found: Locator, key: string): Promise<number> {
  const moved = async () => before - (await boxOf(found)).x;
  const before = (await boxOf(found)).x;
  await page.keyboard.press(key);
  await expect.poll(moved, { message: `after ${key}` }).toBeGreaterThan(0);
  return moved();
}

/** What each line of the list does. */
const LINES: Record<string, (stage: Stage) => Promise<void>> = {
  'Ctrl+Enter': async ({ page }) => {
    await page.keyboard.press('Control+Enter');
    await bubble(page, /^2 records, Receiver to SalesForce Write/).waitFor();
  },
  'Ctrl+Z': ({ page }) => undoAndRedo(page, 'Control+Shift+z'),
  'Ctrl+Shift+Z, Ctrl+Y': async ({ page }) => {
    await undoAndRedo(page, 'Control+Shift+z');
    await changes(page, 'Control+z', blocks(page), 4);
    await undoAndRedo(page, 'Control+y');
  },
  'Ctrl+A': async ({ page }) => {
    await block(page, 'Receiver').focus();
    await changes(page, 'Control+a', selected(page), 5);
  },
  'Ctrl+C': async ({ page }) => {
    await header(page, 'Sinkhole').click();
    await pressAll(page, 'Control+c');
    await page.getByText('Copied one block').waitFor();
    expect(await blocks(page).count()).toBe(4);
  },
  'Ctrl+X': async ({ page }) => {
    await header(page, 'Sinkhole').click();
    await changes(page, 'Control+x', blocks(page), 3);
    await changes(page, 'Control+v', blocks(page), 4);
  },
  'Ctrl+V': async ({ page }) => {
    await header(page, 'Sinkhole').click();
    await pressAll(page, 'Control+c');
    await changes(page, 'Control+v', blocks(page), 5);
  },
  'Ctrl+D': async ({ page }) => {
    await header(page, 'Sinkhole').click();
    await changes(page, 'Control+d', blocks(page), 5);
  },
  'Delete, Backspace': async ({ page }) => {
    await deletes(page, 'Delete');
    await changes(page, 'Control+z', blocks(page), 4);
    await deletes(page, 'Backspace');
  },
  F6: async ({ page }) => {
    await header(page, 'Sinkhole').click();
    await panel(page).waitFor();
    await block(page, 'Sinkhole').focus();
    for (const region of ['panel', 'log', 'bar', 'blocks', 'canvas']) {
      await page.keyboard.press('F6');
      await expect.poll(() => regionOfFocus(page)).toBe(region);
    }
  },
  'Shift+F6': async ({ page }) => {
    await block(page, 'Sinkhole').focus();
    for (const region of ['blocks', 'bar', 'log', 'canvas']) {
      await page.keyboard.press('Shift+F6');
      await expect.poll(() => regionOfFocus(page)).toBe(region);
    }
  },
  '?': async ({ page }) => {
    await block(page, 'Receiver').focus();
    await page.keyboard.press('?');
    await list(page).waitFor();
  },
  'Enter in the search of the blocks': async ({ page }) => {
    await page.getByRole('navigation', { name: 'Blocks' }).getByRole('searchbox').fill('mapper');
    await changes(page, 'Enter', block(page, 'Mapper'), 1);
  },
  'Enter on a block': async ({ page }) => {
    await block(page, 'Terminator').focus();
    await page.keyboard.press('Enter');
    await panel(page).getByRole('heading', { name: 'Terminator' }).waitFor();
  },
  'Enter on an output': async ({ page }) => {
    await block(page, 'Receiver')
      .getByRole('button', { name: /^Output/ })
      .focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => hasFocus(panel(page).getByRole('combobox', { name: /^Connect/ }))).toBe(true);
  },
  'Arrow keys on a block': async ({ page }) => {
    await header(page, 'Receiver').click({ modifiers: ['Control'] });
    await block(page, 'Receiver').focus();
    const near = await movesBy(page, block(page, 'Receiver'), 'ArrowLeft');
    expect(await movesBy(page, block(page, 'Receiver'), 'Shift+ArrowLeft')).toBeGreaterThan(2 * near);
  },
  'Arrow keys on the edge of panel or log': async ({ page }) => {
    await header(page, 'Receiver').click();
    const wide = await boxOf(panel(page));
    await panel(page).getByRole('separator').focus();
    await page.keyboard.press('ArrowLeft');
    await expect.poll(async () => (await boxOf(panel(page))).width).toBeGreaterThan(wide.width);
    const log = page.locator('[data-region=log]');
    const high = await boxOf(log);
    await log.getByRole('separator').focus();
    await page.keyboard.press('ArrowUp');
    await expect.poll(async () => (await boxOf(log)).height).toBeGreaterThan(high.height);
  },
  'Arrow keys on the corner of a note': async ({ page }) => {
    const note = page.locator('.react-flow__node-note');
    const { width } = await boxOf(note);
    await note.getByRole('button', { name: /size/i }).focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(async () => (await boxOf(note)).width).toBeGreaterThan(width);
  },
  'Shift and drag': async ({ page }) => {
    const around = await boxOf(page.locator('.react-flow'));
    await page.keyboard.down('Shift');
    const end = { x: around.x + around.width - 8, y: around.y + around.height - 8 };
    await drag(page, { x: around.x + 4, y: around.y + 4 }, end);
    await page.keyboard.up('Shift');
    await expect.poll(() => selected(page).count()).toBe(5);
  },
  'Ctrl and click': async ({ page }) => {
    await header(page, 'Receiver').click({ modifiers: ['Control'] });
    await header(page, 'Terminator').click({ modifiers: ['Control'] });
    await expect.poll(() => selected(page).count()).toBe(2);
  },
  'Context-menu key, Shift+F10': async ({ page }) => {
    for (const key of ['ContextMenu', 'Shift+F10']) {
      await block(page, 'Sinkhole').focus();
      await page.keyboard.press(key);
      await page.getByRole('menu').waitFor();
      await changes(page, 'Escape', page.getByRole('menu'), 0);
    }
  },
  Escape: async ({ page }) => {
    await header(page, 'Terminator').click();
    await panel(page).getByRole('checkbox').focus();
    await page.keyboard.press('Escape');
    await expect.poll(() => hasFocus(block(page, 'Terminator'))).toBe(true);
    await page.locator('.react-flow__node-note textarea').focus();
    await page.keyboard.press('Escape');
    await expect.poll(() => hasFocus(page.locator('.react-flow__node-note'))).toBe(true);
    await page.keyboard.press('?');
    await list(page).waitFor();
    await changes(page, 'Escape', list(page), 0);
  },
};

test('the list has every key, and no other', async () => {
  const { page } = await stage({ files: FLOW });
  await page.getByRole('button', { name: 'Flows', exact: true }).waitFor();
  await block(page, 'Receiver').focus();
  await page.keyboard.press('?');
  await expect.poll(() => list(page).locator('kbd').allInnerTexts()).toEqual(Object.keys(LINES));
  // The menu names keys, too: each of them is in the list.
  await page.keyboard.press('Escape');
  await header(page, 'Sinkhole').click({ button: 'right' });
  await page.getByRole('menu').waitFor();
  const named = await page.getByRole('menu').locator('kbd').allInnerTexts();
  const known = Object.keys(LINES).flatMap((one) => [...one.split(', '), one.split(' ')[0] ?? '']);
  expect(named.filter(Boolean).filter((key) => !known.includes(key))).toEqual([]);
  expect(named.filter(Boolean).length).toBeGreaterThan(7);
});

test.each(Object.entries(LINES))('%s does what the list says', async (_line, does) => {
  const open = await stage({ files: FLOW });
  await open.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await block(open.page, 'Sinkhole').waitFor();
  await does(open);
});
