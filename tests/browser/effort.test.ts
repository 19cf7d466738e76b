/** What the story costs, from an empty canvas over a reason that is read and mended to all that is written. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { ACCOUNT_ID, block, bubble, expectCounts, panel, setTheStage, TEST_DATA } from './support';

const stage = setTheStage();
const MOST_POINTER_ACTIONS = 14;
const MOST_KEYSTROKES = 90;

declare global {
  interface Window {
    effort: { pointer: number; keys: string[] };
  }
}

/** From now on counts what a hand does: presses of a button, and strokes; a key that is held with another is none. */
async function count(page: Page): Promise<void> {
  await page.evaluate(() => {
    window.effort = { pointer: 0, keys: [] };
    const withOthers = ['Control', 'Shift', 'Alt', 'Meta'];
    addEventListener('pointerdown', () => (window.effort.pointer += 1), { capture: true });
    addEventListener('keydown', ({ key }) => void (withOthers.includes(key) || window.effort.keys.push(key)), {
      capture: true,
    });
  });
}

/** Puts a text where Ctrl+V takes it from, as whoever copies it from somewhere. */
async function copy(page: Page, url: string, text: string): Promise<void> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: url });
  await page.evaluate((one) => navigator.clipboard.writeText(one), text);
}

const paste = async (page: Page) => {
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.press('ControlOrMeta+v');
};

test('the story takes at most 14 pointer actions', async () => {
  const { page, studio } = await stage();
  await count(page);
  const add = async (name: string) => {
    const blocks = page.getByRole('navigation', { name: 'Blocks' });
    await blocks.getByRole('button', { name: new RegExp(`^${name}`) }).click();
    await block(page, name).waitFor();
  };
  const field = (name: string) => panel(page).getByRole('combobox', { name });
  await add('Receiver');
  await copy(page, studio.url, TEST_DATA);
  await panel(page).getByRole('textbox', { name: 'Test Data' }).click();
  await paste(page);
  await page.getByText('2 items').waitFor();
  await add('SalesForce Write');
  await expect.poll(() => field('Connection').inputValue()).toBe('sfDev');
  await field('Object').click();
  await page.keyboard.type('accou');
  await page.getByRole('option', { name: 'Account', exact: true }).waitFor();
  await page.keyboard.press('Enter');
  await panel(page).getByRole('checkbox', { name: 'Perform data property validation' }).click();
  await panel(page).getByRole('checkbox', { name: 'Invalid to second output edge' }).click();
  await field('Edge key for matching').click();
  await page.keyboard.type('Id');
  await page.getByRole('option', { name: /^Id/ }).first().waitFor();
  await page.keyboard.press('Enter');
  await field('SF properties to write').click();
  await page.keyboard.type('account name');
  await page
    .getByRole('option', { name: /^Account Name/ })
    .first()
    .waitFor();
  await page.keyboard.press('Enter');
  await add('Terminator');
  await add('Sinkhole');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await expectCounts(page, 2, 1, 1);
  await bubble(page, /SalesForce Write to Sinkhole/).click();
  const inspector = page.getByRole('dialog', { name: 'SalesForce Write → Sinkhole' });
  await inspector.getByText(/'invalidId' is not a Salesforce Id/).waitFor();
  await inspector.getByRole('button', { name: /^Edit and send again/ }).click();
  await copy(page, studio.url, `{"Id": "${ACCOUNT_ID}", "Name": "Changed Name 2"}`);
  await paste(page);
  await inspector.getByRole('button', { name: 'Send again' }).click();
  await page
    .getByText(/1 received: 1 written/)
    .first()
    .waitFor();
  const { pointer } = await page.evaluate(() => window.effort);
  expect(pointer).toBeLessThanOrEqual(MOST_POINTER_ACTIONS);
});

test('the story takes at most 90 keystrokes, and no pointer', async () => {
  const { page, studio } = await stage();
  await count(page);
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const add = async (letters: string, name: string) => {
    await expect.poll(() => focused(page)).toBe('Search blocks');
    await page.keyboard.type(letters);
    await press('Enter');
    await block(page, name).waitFor();
  };
  /** Tab on to a field, as a person without a mouse would. */
  const tabTo = async (name: string | RegExp, key = 'Tab') => {
    for (let step = 0; step < 20; step += 1) {
      await press(key);
      const now = await focused(page);
      if (typeof name === 'string' ? now === name : name.test(now)) return;
    }
    throw new Error(`Tab never came to ${String(name)}`);
  };
  await press('F6');
  await add('rec', 'Receiver');
  await copy(page, studio.url, TEST_DATA);
  await panel(page).getByRole('textbox', { name: 'Test Data' }).waitFor();
  await press('F6', 'F6');
  await expect.poll(() => focused(page)).toBe('Test Data');
  await paste(page);
  await page.getByText('2 items').waitFor();
  await press('Shift+F6', 'Shift+F6');
  await add('sal', 'SalesForce Write');
  await press('F6', 'F6');
  await expect.poll(() => focused(page)).toBe('Connection');
  await tabTo('Object');
  await page.keyboard.type('acc');
  await page.getByRole('option', { name: 'Account', exact: true }).waitFor();
  await press('Enter');
  await tabTo('Perform data property validation');
  await press('Space');
  await tabTo('Invalid to second output edge');
  await press('Space');
  await tabTo('Edge key for matching');
  await page.keyboard.type('Id');
  await page.getByRole('option', { name: /^Id/ }).first().waitFor();
  await press('Enter');
  await tabTo('SF properties to write');
  await page.keyboard.type('name');
  await page
    .getByRole('option', { name: /^Account Name/ })
    .first()
    .waitFor();
  await press('Enter', 'Shift+F6', 'Shift+F6');
  await add('ter', 'Terminator');
  await add('sin', 'Sinkhole');
  await press('ControlOrMeta+Enter');
  await expectCounts(page, 2, 1, 1);
  // The wires of the block that was added last, and what went along them.
  await press('F6', 'F6', 'Shift+Tab', 'ArrowRight', 'ArrowRight');
  await tabTo(/^1: inspect SalesForce Write/);
  await press('Enter');
  await page.getByText(/'invalidId' is not a Salesforce Id/).waitFor();
  await tabTo(/^Edit and send again/);
  await press('Enter');
  await expect.poll(() => focused(page)).toBe('Item 2');
  await copy(page, studio.url, `{"Id": "${ACCOUNT_ID}", "Name": "Changed Name 2"}`);
  await paste(page);
  await tabTo('Send again');
  await press('Enter');
  await page
    .getByText(/1 received: 1 written/)
    .first()
    .waitFor();
  const { pointer, keys } = await page.evaluate(() => window.effort);
  expect(keys.length, keys.join(' ')).toBeLessThanOrEqual(MOST_KEYSTROKES);
  expect(pointer).toBe(0);
});

/** What has the keyboard is called. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const now = document.activeElement as HTMLInputElement | null;
    const label = now?.labels?.[0]?.textContent ?? now?.textContent ?? '';
    return (now?.getAttribute('aria-label') ?? label).trim();
  });
}
