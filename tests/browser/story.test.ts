/** The story of the screenshot, from an empty canvas: with the mouse, and with the keyboard alone. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { ACCOUNT_ID, block, bubble, choose, expectCounts, panel, TEST_DATA, setTheStage } from './support';

const stage = setTheStage();

async function drop(page: Page, name: string, x: number, y: number): Promise<void> {
  const source = page.getByRole('navigation', { name: 'Blocks' }).getByRole('button', { name: new RegExp(`^${name}`) });
  await source.dragTo(page.locator('.react-flow__pane'), {
    targetPosition: { x, y },
  });
  await block(page, name).waitFor();
}

/** Closes the panel, and waits until the canvas is back where it was: a mouse must not aim at what still moves. */
async function closePanel(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Close panel' }).click();
  const view = () =>
    page.locator('.react-flow__viewport').evaluate((element) => (element as HTMLElement).style.transform);
  await expect.poll(view).toBe('translate(0px, 0px) scale(1)');
}

async function typeTestData(page: Page, text: string): Promise<void> {
  const editor = panel(page).getByRole('textbox', { name: 'Test Data' });
  await editor.focus();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(text);
}

test('with the mouse: build the flow, run it, see why an item was rejected, fix it, run again', async () => {
  const { page, studio } = await stage();
  await drop(page, 'Receiver', 40, 120);
  await drop(page, 'SalesForce Write', 420, 40);
  await closePanel(page);
  await drop(page, 'Terminator', 980, 40);
  await closePanel(page);
  await drop(page, 'Sinkhole', 980, 260);
  await closePanel(page);
  // Each block was wired when it was dropped.
  await expect.poll(() => page.locator('.react-flow__edge').count()).toBe(3);

  await block(page, 'Receiver').locator('.block-header').click();
  await typeTestData(page, TEST_DATA);
  await page.getByText('2 items').waitFor();

  const write = block(page, 'SalesForce Write');
  await expect.poll(() => write.getByRole('combobox', { name: 'Connection' }).inputValue()).toBe('sfDev');
  await choose(page, write, 'Object', 'accou', 'Account');
  await write.getByRole('checkbox', { name: 'Perform data property validation' }).check();
  await write.getByRole('checkbox', { name: 'Invalid to second output edge' }).check();
  await choose(page, write, 'Edge key for matching', 'Id', /Account ID/);
  await choose(page, write, 'SF properties to write', 'account name', /^Account Name/);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await expectCounts(page, 2, 1, 1);

  await bubble(page, /SalesForce Write to Sinkhole/).click();
  const inspector = page.getByRole('dialog', {
    name: 'SalesForce Write → Sinkhole',
  });
  await inspector.getByText(/'invalidId' is not a Salesforce Id/).waitFor();
  await inspector.getByRole('button', { name: 'Close' }).click();

  await block(page, 'Receiver').locator('.block-header').click();
  await typeTestData(page, TEST_DATA.replace('invalidId', ACCOUNT_ID));
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await expectCounts(page, 2, 2, 0);
  await expect.poll(() => studio.read('flows/new-flow.yaml')).toContain('invalidToSecondEdge: true');
});

test('with the keyboard alone: the same story', async () => {
  const { page } = await stage();
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  /** Tab on to what has this role and name, as a person without a mouse would. */
  const tabTo = async (role: string, name: RegExp, key = 'Tab') => {
    for (let step = 0; step < 120; step += 1) {
      await page.keyboard.press(key);
      if (await isFocused(page, role, name)) return;
    }
    throw new Error(`Tab never came to ${role} ${String(name)}`);
  };
  const connect = async (from: string, output: RegExp, to: string) => {
    await tabTo('button', output);
    await press('Enter');
    await expect
      .poll(() => isFocused(page, 'combobox', new RegExp(`^Connect ${output.source.replace('^O', 'o').slice(0, 8)}`)))
      .toBe(true);
    await page.keyboard.type(to);
    await page.getByRole('option', { name: to }).waitFor();
    await press('Enter', 'Escape', 'Escape');
    await expect.poll(() => isFocused(page, 'group', new RegExp(`^${from} block`))).toBe(true);
  };

  for (const name of ['Receiver', 'SalesForce Write', 'Terminator', 'Sinkhole']) {
    await tabTo('searchbox', /Search blocks/, 'Shift+Tab');
    await press('ControlOrMeta+a');
    await page.keyboard.type(name);
    await press('Tab', 'Enter');
    await block(page, name).waitFor();
  }
  await tabTo('group', /^Receiver block/);
  await connect('Receiver', /^Output 1/, 'SalesForce Write');
  await press('Enter');
  await tabTo('textbox', /^Test Data/);
  await press('ControlOrMeta+a');
  await page.keyboard.insertText(TEST_DATA);
  await press('Escape', 'Tab');
  await tabTo('group', /^SalesForce Write block/, 'Shift+Tab');
  await connect('SalesForce Write', /^Output 1: Written/, 'Terminator');
  await connect('SalesForce Write', /^Output 2: Not written/, 'Sinkhole');
  await press('Enter');
  await tabTo('combobox', /^Object/);
  await page.keyboard.type('accou');
  await page.getByRole('option', { name: 'Account', exact: true }).waitFor();
  await press('Enter');
  await tabTo('checkbox', /^Perform data property validation/);
  await press('Space');
  await tabTo('checkbox', /^Invalid to second output edge/);
  await press('Space');
  await tabTo('combobox', /^Edge key for matching/);
  await page.keyboard.type('Id');
  await press('Tab');
  await tabTo('combobox', /^SF properties to write/);
  await page.keyboard.type('account name');
  await page.getByRole('option', { name: /^Account Name/ }).waitFor();
  await press('Enter', 'Escape');
  await press('ControlOrMeta+Enter');
  await expectCounts(page, 2, 1, 1);

  await press('Escape');
  await tabTo('button', /^1 record, SalesForce Write to Sinkhole/, 'Shift+Tab');
  await press('Enter');
  await page.getByText(/'invalidId' is not a Salesforce Id/).waitFor();
  await tabTo('tab', /^Rejected/);
  await press('ArrowLeft');
  await page.getByRole('cell', { name: 'invalidId' }).waitFor();
  await press('Escape');
  await expect.poll(() => isFocused(page, 'button', /^1 record, SalesForce Write to Sinkhole/)).toBe(true);

  await tabTo('group', /^Receiver block/, 'Shift+Tab');
  await press('Enter');
  await tabTo('textbox', /^Test Data/);
  await press('ControlOrMeta+a');
  await page.keyboard.insertText(TEST_DATA.replace('invalidId', ACCOUNT_ID));
  await press('ControlOrMeta+Enter');
  await expectCounts(page, 2, 2, 0);
});

async function isFocused(page: Page, role: string, name: RegExp): Promise<boolean> {
  const found = page.locator('*:focus');
  if ((await found.count()) !== 1) return false;
  const snapshot = await found.ariaSnapshot();
  const [head = ''] = snapshot.split('\n');
  const match = /^- '?(\w+)(?: "((?:[^"\\]|\\.)*)")?/.exec(head);
  return match?.[1] === role && name.test(match[2] ?? '');
}
