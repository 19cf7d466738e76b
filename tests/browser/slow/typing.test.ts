/** What is typed, pasted or opened is stored; what cannot be is said to be not. */
import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { ACCOUNT_ID, block, bubble, hold, panel, SCREENSHOT_FLOW, setTheStage } from '../support';

const stage = setTheStage();
const FLOW = { 'flows/screenshot.yaml': SCREENSHOT_FLOW };

async function openTestData(page: Page): Promise<Locator> {
  await block(page, 'Receiver').locator('.block-header').click();
  const editor = panel(page).getByRole('textbox', { name: 'Test Data' });
  await editor.focus();
  return editor;
}

async function paste(editor: Locator, text: string): Promise<void> {
  await editor.evaluate((element, pasted) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', pasted);
    element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, text);
}

const written = (editor: Locator) => editor.locator('.cm-line').allInnerTexts();

test('a pasted table takes the place of what is selected, and leaves the caret behind it', async () => {
  const { page } = await stage({ files: FLOW });
  const editor = await openTestData(page);
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText('// kept\n[]');
  await page.keyboard.press('Shift+ArrowLeft');
  await page.keyboard.press('Shift+ArrowLeft');
  // What is typed while the table is read stands where it was typed.
  const goOn = await hold(page, '**/api/rows*');
  await paste(editor, `Id,Name\n${ACCOUNT_ID},"Pasted, with a comma"\n`);
  await page.keyboard.press('ControlOrMeta+Home');
  await page.keyboard.type('// typed meanwhile');
  await page.keyboard.press('Enter');
  await goOn();
  await expect.poll(async () => (await written(editor)).join('')).toContain('Pasted');
  await page.keyboard.type(' ');
  expect((await written(editor)).join('\n')).toMatch(
    /^\/\/ typed meanwhile\n\/\/ kept\n\[[^]*Pasted, with a comma[^]*\] $/,
  );
  await page.getByText('1 item ·').waitFor();
});

test('a table that the commands would refuse is refused in the same words, and changes nothing', async () => {
  const { page } = await stage({ files: FLOW });
  const editor = await openTestData(page);
  const before = await written(editor);
  await paste(editor, 'Name,Name\n1,2\n');
  const refused = page.getByText(/^The table was not pasted: .*twice/);
  await refused.waitFor();
  expect(await written(editor)).toEqual(before);
  await page.keyboard.type(' ');
  await expect.poll(() => refused.count()).toBe(0);
});

test('a pasted table has the dialects of the commands', async () => {
  const { page } = await stage({ files: FLOW });
  const editor = await openTestData(page);
  for (const [text, items] of [
    ['Name;City\r\n"A; B";Bonn\r\n', [{ Name: 'A; B', City: 'Bonn' }]],
    [
      'Name\tCity\nA\tBonn\nB\tUlm\n',
      [
        { Name: 'A', City: 'Bonn' },
        { Name: 'B', City: 'Ulm' },
      ],
    ],
    ['Name|City\nA|Bonn', [{ Name: 'A', City: 'Bonn' }]],
    ['Name,City\n"two\nlines",#N/A\n', [{ Name: 'two\nlines', City: null }]],
    ['Name,City\nMüller,Köln\n', [{ Name: 'Müller', City: 'Köln' }]],
  ] as const) {
    await paste(editor, text);
    await expect
      .poll(async () => JSON.parse((await written(editor)).join('\n').replaceAll('\u200b', '')) as unknown)
      .toEqual(items);
  }
});

test('a file becomes the test data of a Receiver', async () => {
  const { page } = await stage({ files: FLOW });
  await openTestData(page);
  await panel(page)
    .getByLabel(/^From a file/)
    .setInputFiles({
      name: 'rows.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(`Id,Name\n${ACCOUNT_ID},From a file\n`),
    });
  await page.getByText('1 item ·').waitFor();
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await bubble(page, /^1 record, SalesForce Write to Terminator/).click();
  await page.getByRole('cell', { name: 'From a file' }).waitFor();
});

test('what is typed in the panel is seen on the block, and undone in both', async () => {
  const { page } = await stage({ files: FLOW });
  const editor = await openTestData(page);
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText("[{Name: 'Typed'}]");
  const preview = block(page, 'Receiver').getByRole('img', { name: 'Test Data' });
  await expect.poll(() => preview.innerText()).toContain("'Typed'");
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => preview.innerText()).toContain("'Changed Name 1'");
  await expect.poll(async () => (await written(editor)).join('')).toContain("'Changed Name 1'");
});

test('JSON that is none is marked as not stored, and a run says so', async () => {
  const { page } = await stage({ files: FLOW });
  await page
    .getByRole('navigation', { name: 'Blocks' })
    .getByRole('button', { name: /^Mapper/ })
    .click();
  const field = panel(page).locator('textarea').first();
  await field.fill('{"Name": ');
  await panel(page).getByText('Not stored: this is not JSON.').waitFor();
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page
    .getByRole('alert')
    .filter({ hasText: /^The flow did not start. What stands in .* is not stored/ })
    .waitFor();

  // It waits while the panel is closed, and is asked for then, too.
  await panel(page).getByRole('button', { name: 'Close panel' }).click();
  await panel(page).waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page
    .getByRole('alert')
    .filter({ hasText: /What stands in .* of .*Mapper.* is not stored/ })
    .waitFor();
  await block(page, 'Mapper').locator('.block-header').click();
  await panel(page).getByText('Not stored: this is not JSON.').waitFor();
  expect(await field.inputValue()).toBe('{"Name": ');
  await field.fill('{"Name": "Title"}');
  await block(page, 'Mapper').getByText(/Title/).first().waitFor();
  expect(await panel(page).getByText('Not stored').count()).toBe(0);
});
