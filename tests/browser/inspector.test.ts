/** The items of an edge as they are: every digit, every column, and rows that are no object. */
import { expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { ACCOUNT_ID, block, bubble, panel, SCREENSHOT_FLOW, setTheStage } from './support';

const stage = setTheStage();
const COLUMNS = Array.from({ length: 100 }, (_, at) => `k${at}: ${at}`).join(', ');
const FLOW = `name: Items
blocks:
  - id: receiver
    type: RECEIVER_V1
    config:
      testData: '[{n: 1, ${COLUMNS}}, 42]'
  - {id: sinkhole, type: SINKHOLE_V1, position: {x: 500, y: 100}}
edges:
  - {id: items, source: receiver, target: sinkhole}
`;

test('whole numbers beyond 2^53 keep their digits, 100 keys are 100 columns, and an item that is no object says so', async () => {
  const { page } = await stage({ files: { 'flows/items.yaml': FLOW.replace('n: 1', '"n": 9007199254740993') } });
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await bubble(page, /^2 records, Receiver to Sinkhole/).click();
  const table = page.getByRole('dialog').getByRole('table');
  await table.getByRole('cell', { name: '9007199254740993', exact: true }).waitFor();
  expect(await table.getByRole('columnheader').count()).toBe(102);
  await table.getByRole('cell', { name: 'No object: 42' }).waitFor();
  await page.getByRole('button', { name: 'Tree' }).click();
  await page.getByRole('dialog').getByText('9007199254740993', { exact: true }).waitFor();
});

test('on the second edge the reasons stand first; they are searched, copied and taken home as a table', async () => {
  const { page, studio } = await stage({ files: { 'flows/screenshot.yaml': SCREENSHOT_FLOW } });
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: studio.url });
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await bubble(page, /^1 record, SalesForce Write to Sinkhole/).click();
  const inspector = page.getByRole('dialog', { name: 'SalesForce Write → Sinkhole' });
  const reason = inspector.getByText(/'invalidId' is not a Salesforce Id/);
  await reason.waitFor();
  const search = inspector.getByRole('searchbox', { name: 'Search in reasons and items' });
  await search.pressSequentially('nothing like it');
  await inspector.getByText('No record matches.').waitFor();
  await search.fill('CHANGED NAME 2');
  await reason.waitFor();
  await inspector.getByRole('button', { name: 'Copy as JSON' }).click();
  await page.getByText('Copied 1 items').waitFor();
  const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText())) as unknown[];
  expect(copied).toEqual([{ reason: expect.stringContaining('invalidId'), data: { Id: 'invalidId', Name: 'Changed Name 2' } }]); // prettier-ignore
  const waits = page.waitForEvent('download');
  await inspector.getByRole('link', { name: 'Download CSV with reasons' }).click();
  const table = readFileSync(await (await waits).path(), 'utf8');
  expect(table.split('\r\n')[0]).toBe('#,outcome,reason,Id,Name');
  expect(table).toMatch(/^2,invalid,.*invalidId.*,Changed Name 2$/m);
});

test('a rejected item is mended where its reason stands, and sent again with every digit', async () => {
  const { page } = await stage({ files: { 'flows/screenshot.yaml': SCREENSHOT_FLOW } });
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await bubble(page, /^1 record, SalesForce Write to Sinkhole/).click();
  await page.getByRole('button', { name: 'Edit and send again: Item 2' }).click();
  const field = page.getByRole('textbox', { name: 'Item 2' });
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(`{"Id": "${ACCOUNT_ID}", "Name": "Mended", "n": 9007199254740993`);
  await page.getByText('This is not JSON.').waitFor();
  expect(await page.getByRole('button', { name: 'Send again' }).isDisabled()).toBe(true);
  await field.press('End');
  await page.keyboard.type('}');
  await page.getByRole('button', { name: 'Send again' }).click();
  await page.getByText(/^Failed items were sent again/).waitFor();
  await block(page, 'SalesForce Write').getByText('1 of 1 written').waitFor();
  await bubble(page, /^1 record, Receiver to SalesForce Write/).click();
  await page.getByRole('cell', { name: '9007199254740993', exact: true }).waitFor();
});

test('settings of a flow keep every digit, too', async () => {
  const number = '123456789012345678901';
  const { page, studio } = await stage({
    files: {
      'flows/digits.yaml': `name: Digits\nblocks:\n  - {id: data, type: TEST_DATA_V1, config: {testData: [{"n": ${number}}]}}\nedges: []\n`,
    },
  });
  await block(page, 'Test Data').locator('.block-header').click();
  await panel(page).getByText(number).waitFor();
  await panel(page).getByRole('textbox', { name: 'Name of this block' }).fill('Long numbers');
  await expect.poll(() => studio.read('flows/digits.yaml')).toContain('Long numbers');
  expect(studio.read('flows/digits.yaml')).toContain(number);
});

test("a written item's Id leads to its record, in a tab of its own; a rejected one's does not", async () => {
  const { page } = await stage({ files: { 'flows/screenshot.yaml': SCREENSHOT_FLOW } });
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await bubble(page, /^1 record, SalesForce Write to Terminator/).click();
  const inspector = page.getByRole('dialog');
  const link = inspector.getByRole('cell').getByRole('link', { name: ACCOUNT_ID });
  await link.waitFor();
  // The embedded org listens on this machine; a real one has a name of its own.
  expect(await link.getAttribute('href')).toMatch(new RegExp(`^https://[\\w.]+:\\d+/${ACCOUNT_ID}$`));
  expect([await link.getAttribute('target'), await link.getAttribute('rel')]).toEqual([
    '_blank',
    'noopener noreferrer',
  ]);
  await inspector.getByRole('button', { name: 'Tree' }).click();
  await inspector.getByRole('region', { name: 'Tree' }).getByRole('link', { name: ACCOUNT_ID }).waitFor();
  await inspector.getByRole('button', { name: 'Close' }).click();
  await bubble(page, /^1 record, SalesForce Write to Sinkhole/).click();
  await inspector.getByRole('tab', { name: /^Items/ }).click();
  await inspector.getByRole('cell', { name: 'invalidId' }).waitFor();
  expect(await inspector.getByRole('cell').getByRole('link').count()).toBe(0);
});
