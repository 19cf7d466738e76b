/** The Data Store: failed items are found, read, deleted, and sent through their block once more. */
import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { ACCOUNT_ID, block, bubble, choose, panel, SCREENSHOT_FLOW, setTheStage, tab } from './support';

const stage = setTheStage();
const NOBODY = ACCOUNT_ID.replace('rbz', 'rby');
const FLOW = {
  'flows/screenshot.yaml': SCREENSHOT_FLOW.replace('validate: true', 'validate: false')
    .replace('properties: [Name]', 'properties: [Name]\n      errorNamespace: accountErrors')
    .replace("'invalidId'", `'${NOBODY}'`),
};

async function run(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await bubble(page, /^1 record, SalesForce Write to Terminator/).waitFor();
}

async function openStore(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: 'Data Store', exact: true }).click();
  return page.getByRole('dialog', { name: 'Data Store' });
}

const said = (page: Page, text: string | RegExp) => page.getByRole('region', { name: 'Log lines' }).getByText(text);

test('a failed item is sent again: it stays while it is refused, and leaves once it is written', async () => {
  const { page } = await stage({ files: FLOW });
  await run(page);
  const store = await openStore(page);
  await store.getByText('1 record').waitFor();
  await store.getByText(NOBODY).click();
  await store.getByText('"Changed Name 2"').waitFor();
  await store.getByRole('button', { name: 'Send again through SalesForce Write' }).click();
  await said(page, 'Replay of accountErrors: none of 1 was written; every record stays.').waitFor();
  await bubble(page, /^1 record, Receiver to SalesForce Write/).waitFor();
  await tab(page, 'Result');
  await panel(page).getByRole('button', { name: '1 Failed' }).waitFor();
  await tab(page, 'Settings');

  await choose(page, panel(page), 'Edge key for matching', 'Name', /^Name/);
  await openStore(page);
  await store.getByRole('button', { name: 'Send again through SalesForce Write' }).click();
  await said(page, /1 of 1 written and taken out/).waitFor();
  await tab(page, 'Result');
  await panel(page).getByText('1 Created').waitFor();
  await openStore(page);
  await store.getByText('The Data Store is empty.').waitFor();
});

test('a failed item is mended in the Data Store, sent again, and leaves it', async () => {
  const { page } = await stage({ files: FLOW });
  await run(page);
  const store = await openStore(page);
  await store.getByText(NOBODY).click();
  await store.getByRole('button', { name: /^Edit and send again: / }).click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(`{"Id": "${ACCOUNT_ID}", "Name": "Mended"}`);
  await store.getByRole('button', { name: 'Send again', exact: true }).click();
  await said(page, /1 of 1 written and taken out/).waitFor();
  await openStore(page);
  await store.getByText('The Data Store is empty.').waitFor();
});

test('without a block that keeps its failures there, it says what to open', async () => {
  const { page } = await stage({ files: FLOW });
  await run(page);
  await block(page, 'SalesForce Write').getByRole('button', { name: 'Clear Namespace for errors' }).click();
  const store = await openStore(page);
  await store.getByText('no block of the open flow has “accountErrors” as its Namespace for errors').waitFor();
  expect(await store.getByRole('button', { name: /^Send again/ }).count()).toBe(0);
});

test('records are searched, and deleted one by one or all at once, after a question', async () => {
  const items = Array.from({ length: 60 }, (_, at) => `{Id: '${NOBODY}', Name: 'Number ${at}'}`).join(',');
  const many = FLOW['flows/screenshot.yaml'].replace(
    /testData: \|[\s\S]*?\n {2}- id: write/,
    `testData: "[${items}]"\n  - id: write`,
  );
  const { page } = await stage({ files: { 'flows/screenshot.yaml': many } });
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await said(page, /^Finished in/).waitFor();
  const store = await openStore(page);
  await store.getByText('60 records').waitFor();
  await store.getByRole('button', { name: 'Later' }).click();
  await store.getByText('51 to 60').waitFor();
  await store.getByRole('searchbox').fill('number 42');
  await expect.poll(() => store.getByRole('listitem').filter({ hasText: NOBODY }).count()).toBe(1);
  await store.getByRole('button', { name: /^Delete 001/ }).click();
  await store.getByRole('button', { name: 'Delete', exact: true }).click();
  await store.getByText('No record matches “number 42”.').waitFor();
  await store.getByText('59 records').waitFor();
  await store.getByRole('button', { name: 'Delete the namespace' }).click();
  await store.getByText('Delete accountErrors with its 59 records?').waitFor();
  await store.getByRole('button', { name: 'Delete', exact: true }).click();
  await store.getByText('The Data Store is empty.').waitFor();
});

test('in production, sending again asks first', async () => {
  const { page } = await stage({ files: FLOW });
  await run(page);
  await page.getByRole('button', { name: /^Mode: development/ }).click();
  const store = await openStore(page);
  await store.getByRole('button', { name: /^Send again/ }).click();
  const asked = page.getByRole('dialog', { name: 'Run in production?' });
  await asked.getByRole('button', { name: 'Run in production' }).click();
  await page
    .getByText(/no production values/)
    .first()
    .waitFor();
});
