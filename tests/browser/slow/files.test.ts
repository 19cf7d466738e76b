/** Files become the items of Test Data, on a slow machine and with answers that come late; a refused one says why. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { block, bubble, hold, panel, ROOT, setTheStage, slowDown } from '../support';

const stage = setTheStage();
const FILE = 'flows/data.yaml';
const FLOW = `name: Data
blocks:
  - id: data
    type: TEST_DATA_V1
    position: {x: 420, y: 40}
    config:
      testData: "[{Name: 'Before'}]"
  - {id: sinkhole, type: SINKHOLE_V1, position: {x: 820, y: 100}}
  - {id: receiver, type: RECEIVER_V1, position: {x: 20, y: 40}, config: {testData: '[{}]'}}
edges:
  - {id: trigger, source: receiver, target: data}
  - {id: items, source: data, target: sinkhole}
`;
const WORKBOOK = `
import io, sys, openpyxl
book = openpyxl.Workbook()
book.active.append(["Name", "City"])
book.active.append(["From a file", "Bonn"])
book.active.append(["Another one", "Ulm"])
out = io.BytesIO()
book.save(out)
sys.stdout.buffer.write(out.getvalue())
`;
const workbook = () => execFileSync(join(ROOT, '.venv', 'bin', 'python'), ['-c', WORKBOOK]);

const FILES: [string, () => Buffer][] = [
  ['rows.csv', () => Buffer.from('Name;City\r\nFrom a file;Bonn\r\nAnother one;Ulm\r\n')],
  [
    'rows.jsonl',
    () => Buffer.from('{"Name": "From a file", "City": "Bonn"}\n{"Name": "Another one", "City": "Ulm"}\n'),
  ],
  ['rows.xlsx', workbook],
];
const REFUSED: [string, string, RegExp][] = [
  ['twice.csv', 'Name,Name\n1,2\n', /twice/],
  ['broken.jsonl', '{"Name": "a"}\n{"Name": \n', /line 2/i],
  ['no.xlsx', 'nonsense', /is no workbook/],
  ['none.json', '{"Name": ', /JSON/],
];

async function open(page: Page): Promise<void> {
  await block(page, 'Test Data').locator('.block-header').click();
  await panel(page).getByRole('textbox', { name: 'Test Data' }).waitFor();
}

/** As a person does it: the button, then the file that the browser asks for. */
async function give(page: Page, name: string, buffer: Buffer): Promise<void> {
  const asks = page.waitForEvent('filechooser');
  await panel(page)
    .getByText(/^From a file/)
    .click();
  await (await asks).setFiles({ name, mimeType: 'application/octet-stream', buffer });
}

const written = (page: Page) => panel(page).getByRole('textbox', { name: 'Test Data' }).innerText();

test.each(FILES)('%s becomes the items of Test Data', async (name, make) => {
  const { page, studio } = await stage({ files: { [FILE]: FLOW } });
  await slowDown(page);
  await open(page);
  const goOn = await hold(page, '**/api/rows?**');
  await give(page, name, make());
  await panel(page).getByText('Reading…').waitFor();
  expect(await written(page)).toContain("'Before'");
  await goOn();
  await panel(page).getByText('2 items ·').waitFor();
  // At once, before it is saved: the run has what stands there.
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await bubble(page, /^2 records, Test Data to Sinkhole/).click();
  const table = page.getByRole('dialog').getByRole('table');
  await table.getByRole('cell', { name: 'From a file', exact: true }).waitFor();
  await table.getByRole('cell', { name: 'Ulm', exact: true }).waitFor();
  expect(await table.getByRole('columnheader').allInnerTexts()).toEqual(['#', 'Name', 'City']);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => written(page)).toContain("'Before'");
  await expect.poll(() => studio.read(FILE)).toContain('Before');
});

test('a file that cannot be read says why, and changes nothing', async () => {
  const { page, studio } = await stage({ files: { [FILE]: FLOW } });
  await open(page);
  const before = await written(page);
  for (const [name, text, why] of REFUSED) {
    await give(page, name, Buffer.from(text));
    const said = panel(page).getByRole('alert').filter({ hasText: 'The file was not read' });
    await said.getByText(why).waitFor();
    await expect.poll(() => written(page)).toBe(before);
  }
  expect(await page.getByRole('button', { name: 'Undo' }).isDisabled()).toBe(true);
  expect(studio.read(FILE)).toBe(FLOW);
  // The next one is taken all the same, and the complaint goes.
  await give(page, 'rows.csv', Buffer.from('Name,City\nFrom a file,Bonn\n'));
  await panel(page).getByText('1 item ·').waitFor();
  expect(await panel(page).getByRole('alert').count()).toBe(0);
});
