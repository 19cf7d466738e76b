/** How a flow begins: with an example, with a file, and with words of its own. */
import { expect, test } from 'vitest';
import { bubble, choose, panel, setTheStage } from './support';

const stage = setTheStage();

test('an example is a flow that runs at once', async () => {
  const { page, studio } = await stage();
  await page.getByText('An empty flow').waitFor();
  await page.getByRole('button', { name: 'Start with an example' }).click();
  await expect.poll(() => studio.read('flows/new-flow.yaml')).toContain('connection: sfDev');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await bubble(page, /^2 records, SalesForce Write to Terminator/).waitFor();
  await bubble(page, /^1 record, SalesForce Write to Sinkhole/).waitFor();
  await expect.poll(() => studio.read('flows/new-flow.yaml')).toContain('object: Account');
});

test('a file leads to a preview on one page, and an ordinary flow is left behind', async () => {
  const { page, studio } = await stage();
  await page.getByRole('button', { name: 'From a file…' }).click();
  const guide = page.getByRole('dialog', { name: 'From a file to Salesforce' });
  const input = guide.getByLabel('Choose a file (CSV, JSON, workbook, Parquet)…');
  await input.setInputFiles({
    name: 'broken.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from('Account Name;Tel\nAcme\n'),
  });
  await guide.getByText('The file was not read: broken.csv line 2: the row has 1 of 2 cells').waitFor();
  // "Łódź Żółw" and "Paweł Święty" as Excel writes them in Poland: nothing in the file tells for certain.
  const polish = 'Account Name;Tel\n\xa3\xf3d\x9f \xaf\xf3\xb3w;1\nPawe\xb3 \x8cwi\xeaty;2\n';
  await input.setInputFiles({ name: 'customers.csv', mimeType: 'text/csv', buffer: Buffer.from(polish, 'latin1') });
  await guide.getByRole('button', { name: 'Read as cp1250' }).click();
  await guide.getByText('customers.csv: 2 items (semicolon, cp1250, 2 columns)').waitFor();
  await choose(page, guide, 'Object', 'acount', 'Account');
  await choose(page, guide, 'Edge key for matching', 'Id', /^Id/);
  await guide.getByRole('button', { name: 'Use Account Name' }).click();
  await guide.getByRole('button', { name: 'Leave Tel out' }).click();
  await guide.getByRole('button', { name: 'Preview' }).click();
  await panel(page).getByText('Preview: nothing was written.').waitFor();
  await panel(page).getByRole('img', { name: '2 would be created' }).waitFor();
  await expect.poll(() => studio.read('flows/customers.yaml')).toContain('fieldMapping');
});

test("a flow's description and time-out are edited, saved and undone", async () => {
  const file = 'name: Small\nblocks:\n  - {id: in, type: RECEIVER_V1, position: {x: 40, y: 100}}\nedges: []\n';
  const { page, studio } = await stage({ files: { 'flows/small.yaml': file } });
  await page.getByRole('button', { name: 'About this flow' }).click();
  const about = page.getByRole('dialog', { name: 'About “Small”' });
  await about.getByLabel('Description').pressSequentially('Every night');
  await about.getByLabel('Time-out in seconds').pressSequentially('90');
  await expect.poll(() => studio.read('flows/small.yaml')).toMatch(/description: Every night[\s\S]*timeout: 90/);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => studio.read('flows/small.yaml')).not.toContain('timeout');
});
