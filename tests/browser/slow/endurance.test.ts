/** What takes its time: a server that goes away, edges with very many items. */
import { expect, test } from 'vitest';
import { block, bubble, panel, SCREENSHOT_FLOW, setTheStage } from '../support';

const stage = setTheStage();
const FLOW = { 'flows/screenshot.yaml': SCREENSHOT_FLOW };

test('a server that dies in the middle of a run: the page says so, keeps the flow, and comes back', async () => {
  const { page, studio } = await stage({ options: ['--hang', 'collections_update:1'], files: FLOW });
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await block(page, 'SalesForce Write').getByRole('progressbar').waitFor();
  const port = new URL(studio.url).port;
  await studio.stop('SIGKILL');
  await page
    .getByRole('alert')
    .getByText(/does not answer/)
    .waitFor();
  await block(page, 'Terminator').getByRole('checkbox').check();
  await studio.start(port);
  await page
    .getByRole('region', { name: 'Log lines' })
    .getByText(/started anew/)
    .waitFor({ timeout: 30_000 });
  await expect
    .poll(() => studio.read('flows/screenshot.yaml'), { timeout: 20_000 })
    .toContain('sendDataInResponse: true');
});

test('an edge of 100,000 items opens at once, and only what is in view is in the page', async () => {
  const flow = SCREENSHOT_FLOW.replace(
    /testData: \|[\s\S]*?\n {2}- id: write/,
    `testData: "[${"{Name: 'a'},".repeat(100_000)}]"\n  - id: write`,
  );
  const { page } = await stage({ files: { 'flows/screenshot.yaml': flow } });
  await block(page, 'SalesForce Write').locator('.block-header').click();
  await panel(page).getByRole('button', { name: 'Run up to here' }).click();
  await bubble(page, /^100,000 records/).click({ timeout: 60_000 });
  await page.getByRole('dialog').getByRole('rowheader', { name: '1', exact: true }).waitFor();
  expect(await page.getByRole('dialog').locator('tbody tr').count()).toBeLessThan(80);
  await page.getByRole('region', { name: 'Table' }).evaluate((one) => one.scrollTo({ top: one.scrollHeight }));
  await page.getByRole('dialog').getByRole('rowheader', { name: '100000' }).waitFor();
}, 180_000);
