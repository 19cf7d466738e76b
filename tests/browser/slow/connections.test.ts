/** Connections and secrets: added, tried, changed and deleted in the page; what is secret goes in and never out. */
import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { block, SCREENSHOT_FLOW, setTheStage } from '../support';

const stage = setTheStage();
const PASSWORD = 'planted-Password-41';
const FLOW = { 'flows/screenshot.yaml': SCREENSHOT_FLOW };

async function openConnections(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: 'Connections' }).click();
  await page.getByRole('list', { name: 'Connections' }).waitFor();
  return page.getByRole('dialog');
}

const field = (dialog: Locator, name: string) => dialog.getByRole('textbox', { name, exact: true });

test('a connection is added, its typed password becomes a secret, and a block can use it at once', async () => {
  const { page, studio } = await stage({ files: FLOW });
  const answers: string[] = [];
  page.on(
    'response',
    (response) =>
      void response.text().then(
        (text) => answers.push(text),
        () => undefined,
      ),
  );
  const dialog = await openConnections(page);
  await dialog.getByRole('button', { name: 'Add a connection' }).click();
  await field(dialog, 'Name').fill('sfOther');
  await dialog.getByRole('radio', { name: /^Username and password/ }).check();
  await field(dialog, 'Username').fill('me@example.com');
  await dialog.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByRole('button', { name: 'Test sfOther' }).waitFor();
  expect(studio.read('connections.yaml')).toBe(
    "sfOther:\n  type: salesforce\n  development:\n    username: me@example.com\n    password: secrets.sfOtherPassword\n    token: ''\n",
  );
  expect(studio.read('secrets.yaml')).toContain(PASSWORD);
  await dialog.getByRole('button', { name: 'Edit sfOther' }).click();
  await dialog.getByText('Set in secrets.yaml').waitFor();
  await expect
    .poll(() => dialog.getByRole('combobox', { name: 'Password' }).inputValue())
    .toBe('secrets.sfOtherPassword');
  expect(await page.content()).not.toContain(PASSWORD);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await block(page, 'SalesForce Write').getByRole('combobox', { name: 'Connection' }).click();
  await page.getByRole('option', { name: 'sfOther' }).waitFor();
  expect(answers.join('\n')).not.toContain(PASSWORD);
});

test('what is missing is said before anything is saved, and a test says what is wrong', async () => {
  const { page, studio } = await stage();
  const dialog = await openConnections(page);
  await dialog.getByRole('button', { name: 'Add a connection' }).click();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('Give the connection a name first.').waitFor();
  await field(dialog, 'Name').fill('sfOther');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('Choose how it logs in first.').waitFor();
  await dialog.getByRole('radio', { name: /^Client credentials/ }).check();
  await field(dialog, 'Consumer key').fill('key');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('Not saved: 2 fields need you.').waitFor();
  await dialog.getByText('consumerSecret is missing: set Consumer secret.').waitFor();
  await dialog.getByRole('button', { name: 'Use a secret for Consumer secret' }).click();
  await dialog.getByRole('combobox', { name: 'Consumer secret' }).fill('sfKey');
  await page.getByRole('option', { name: 'Use “sfKey”' }).click();
  await field(dialog, 'Domain').fill('acme.my.salesforce.com');
  await dialog.getByRole('button', { name: 'Test', exact: true }).click();
  await dialog.getByText(/wants the secret sfKey, which is not set/).waitFor();
  await dialog.getByRole('button', { name: 'Set the value of sfKey' }).click();
  await dialog.getByRole('textbox', { name: 'Value' }).fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Store' }).click();
  await dialog.getByText('Set in secrets.yaml').waitFor();
  expect(studio.read('secrets.yaml')).toBe(`sfKey: ${PASSWORD}\n`);
  expect(studio.read('connections.yaml')).toBe('');
});

test('production gets values of its own, and a change that is not saved is not lost without a word', async () => {
  const connections =
    '# Mine\nsfMine:\n  type: salesforce\n  development: {accessToken: planted-Token-42, instanceUrl: "https://a.my.salesforce.com"}\n';
  const { page, studio } = await stage({ files: { ...FLOW, 'connections.yaml': connections } });
  const dialog = await openConnections(page);
  await dialog.getByRole('button', { name: 'Edit sfMine' }).click();
  await dialog.getByText(/It is not shown here/).waitFor();
  await dialog.getByRole('tab', { name: 'Production' }).click();
  await dialog.getByRole('button', { name: 'Add production values' }).click();
  await page.keyboard.press('Escape');
  await dialog.getByRole('button', { name: 'Go on editing' }).click();
  await dialog.getByLabel('Access token', { exact: true }).last().fill('planted-Token-43');
  await field(dialog, 'Instance URL').fill('https://b.my.salesforce.com');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('Development, Production').waitFor();
  expect(studio.read('connections.yaml')).toBe(
    '# Mine\nsfMine:\n  type: salesforce\n  development:\n    accessToken: planted-Token-42\n    instanceUrl: https://a.my.salesforce.com\n' +
      '  production:\n    accessToken: secrets.sfMineProductionAccessToken\n    instanceUrl: https://b.my.salesforce.com\n',
  );
  await dialog.getByRole('button', { name: 'Delete sfMine' }).click();
  await dialog.getByText('Delete the connection sfMine?').waitFor();
  await dialog.getByRole('button', { name: 'Delete sfMine' }).last().click();
  await expect.poll(() => studio.read('connections.yaml')).toBe('# Mine\n');
});

test('the connection that comes with the sandbox works and is not to be changed', async () => {
  const { page } = await stage({ files: FLOW });
  const dialog = await openConnections(page);
  await dialog.getByRole('button', { name: 'Test sfDev' }).click();
  await dialog.getByText('✓ Connected to Sandbox').waitFor();
  await dialog.getByText('Remaining API calls').waitFor();
  await dialog.getByText('Used by screenshot').waitFor();
  expect(await dialog.getByRole('button', { name: 'Edit sfDev' }).count()).toBe(0);
});

test('a secret is set by its name, with the keyboard alone', async () => {
  const { page, studio } = await stage();
  await page.getByRole('button', { name: 'Connections' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('tab', { name: 'Connections' }).focus();
  await page.keyboard.press('ArrowRight');
  await page.getByText('There are no secrets yet.').waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.type('my-key');
  await page.keyboard.press('Enter');
  await page.getByText('Use letters, digits, _ and $, and no digit first.').waitFor();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('myKey');
  await page.keyboard.press('Enter');
  await page.getByRole('textbox', { name: 'Value' }).focus();
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('list', { name: 'Secrets' }).getByText('myKey').waitFor();
  expect(studio.read('secrets.yaml')).toBe(`myKey: ${PASSWORD}\n`);
});

test('the first run in production asks, and a connection without production values says so', async () => {
  const { page } = await stage({ files: FLOW });
  await page.getByRole('button', { name: /^Mode: development/ }).click();
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Run in production?' });
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  expect(await page.getByRole('region', { name: 'Log lines' }).getByText('Started').count()).toBe(0);
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await dialog.getByRole('button', { name: 'Run in production' }).click();
  await page
    .getByText(/no production values/)
    .first()
    .waitFor();
});
