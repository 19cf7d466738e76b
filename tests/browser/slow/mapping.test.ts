/** Keys of the edge are known before anything has run: they lead the dropdowns, and are mapped with a click. */
import { expect, test } from 'vitest';
import { block, panel, setTheStage } from '../support';

const stage = setTheStage();
const flow = (rest = '') => `name: Firms
blocks:
  - id: receiver
    type: RECEIVER_V1
    config:
      testData: |
        [{Id: '001gL000002rbzaQAA', account_name: 'Acme', Phone: '1', tel: 'x'},
         {Id: '001gL000002rbzbQAA', account_name: 'Beta', Phone: '1', tel: 'y'}]
  - id: write
    type: SALESFORCE_WRITE_V1
    position: {x: 500, y: 100}
    config: {connection: sfDev, object: Account}
  - {id: mapper, type: MAPPER_V1, position: {x: 500, y: 700}}
edges:
  - {source: receiver, target: write}
  - {source: receiver, target: mapper}
${rest}`;

test('before any run the match key and the properties lead with keys of the edge, and a key that is not unique says so', async () => {
  const { page } = await stage({ files: { 'flows/firms.yaml': flow() } });
  await block(page, 'SalesForce Write').locator('.block-header').click();
  const form = panel(page);
  await form.getByRole('combobox', { name: 'Edge key for matching' }).click();
  const options = page.getByRole('option');
  await options.filter({ hasText: 'account_name' }).waitFor();
  const texts = await options.allInnerTexts();
  expect(texts[0]).toMatch(/^Id\b/);
  expect(texts.findIndex((one) => one.startsWith('tel'))).toBeLessThan(5);
  expect(texts.find((one) => one.startsWith('Phone'))).toMatch(/Account Phone · phone · not unique on the edge/);
  await options.filter({ hasText: 'Account Phone' }).first().click();
  await form.getByText(/^One value of this key comes more than once on the edge/).waitFor();

  await form.getByRole('combobox', { name: 'SF properties to write' }).click();
  await page.getByText('On the edge', { exact: true }).waitFor();
  expect((await options.allInnerTexts())[0]).toMatch(/Account (ID|Phone)/);
  await page.keyboard.type('acount phne');
  await expect.poll(() => options.first().innerText()).toMatch(/^Account Phone/);
});

test('keys become fields: likely pairs with one click, others by a name with a slip, some not at all', async () => {
  const { page, studio } = await stage({ files: { 'flows/firms.yaml': flow() } });
  await block(page, 'SalesForce Write').locator('.block-header').click();
  const form = panel(page);
  await form.getByText('Advanced', { exact: true }).click();
  const keys = form.getByRole('list', { name: 'Keys of the edge' });
  const line = (key: string) => keys.locator(`[data-key="${key}"]`);
  await line('account_name').getByText('Acme').waitFor();
  await form.getByText(/^Required to create a record, and not filled: Account Name/).waitFor();
  await line('account_name').getByRole('button', { name: 'Use Account Name' }).click();
  await expect.poll(() => form.getByText(/^Required to create a record/).count()).toBe(0);
  await line('tel').getByRole('combobox', { name: 'tel becomes' }).click();
  await page.keyboard.type('indsutry');
  await page.getByRole('option', { name: /^Industry/ }).click();
  await line('Phone').getByRole('button', { name: 'Leave Phone out' }).click();
  await line('Phone').getByText('Left out').waitFor();
  await expect
    .poll(() => studio.read('flows/firms.yaml').replace(/\s+/g, ' '))
    .toContain('fieldMapping: {account_name: Name, tel: Industry, Phone: null}');
  await page.getByRole('button', { name: 'Undo' }).click();
  await line('Phone').getByRole('button', { name: 'Leave Phone out' }).waitFor();
});

test('the Mapper is filled the same way, and its keys are known behind it', async () => {
  const { page, studio } = await stage({ files: { 'flows/firms.yaml': flow('  - {source: mapper, target: later}\n').replace('edges:', '  - {id: later, type: SALESFORCE_WRITE_V1, position: {x: 1000, y: 700}, config: {connection: sfDev, object: Account}}\nedges:') } }); // prettier-ignore
  await block(page, 'Mapper').locator('.block-header').click();
  const keys = panel(page).getByRole('list', { name: 'Keys of the edge' });
  const field = keys.locator('[data-key="account_name"]').getByRole('combobox', { name: 'account_name becomes' });
  await field.click();
  await page.keyboard.type('Name');
  await page.keyboard.press('Enter');
  await block(page, 'Mapper')
    .getByText(/account_name/)
    .first()
    .waitFor();
  await expect.poll(() => studio.read('flows/firms.yaml').replace(/\s+/g, ' ')).toContain('Name: account_name');
  await block(page, 'SalesForce Write').nth(1).locator('.block-header').click();
  await panel(page).getByRole('combobox', { name: 'Edge key for matching' }).click();
  await page.getByText('On the edge', { exact: true }).waitFor();
  await expect.poll(() => page.getByRole('option').first().innerText()).toMatch(/^Name/);
});
