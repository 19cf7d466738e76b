/** An org that stops answering in the middle of a run: the page says so, keeps the flow, and can stop. */
import { expect, test } from 'vitest';
import { block, bubble, panel, SCREENSHOT_FLOW, setTheStage, tab } from '../support';

const stage = setTheStage();
const SETTINGS = '{batchSize: 1, concurrency: 1, callTimeout: 16, maxTries: 1}';
const THREE = "[{Ext__c: 'a', Name: 'A'}, {Ext__c: 'b', Name: 'B'}, {Ext__c: 'c', Name: 'C'}]";
const PLAIN = { 'flows/screenshot.yaml': SCREENSHOT_FLOW };
const FLOW = {
  'flows/screenshot.yaml': SCREENSHOT_FLOW.replace(
    /testData: \|[\s\S]*?\n {2}- id: write/,
    `testData: "${THREE}"\n  - id: write`,
  ).replace('matchKey: Id', `matchKey: Ext__c\n      advanced: ${SETTINGS}`),
};

test('a call that gets no answer is told of, the flow goes on being saved, and a stop ends the run with every item accounted for', async () => {
  const { page, studio } = await stage({ options: ['--hang', 'collections_upsert:2'], files: FLOW });
  const write = block(page, 'SalesForce Write');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await write.getByText('write: 1 of 3').waitFor();
  await write.getByText(/^No news since .*: waiting for an answer\.$/).waitFor({ timeout: 30_000 });
  await block(page, 'Terminator').getByRole('checkbox').check();
  await expect.poll(() => studio.read('flows/screenshot.yaml')).toContain('sendDataInResponse: true');
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByRole('button', { name: 'Stopping…' }).waitFor();
  await page
    .getByRole('region', { name: 'Log lines' })
    .getByText(/^Stopped in/)
    .waitFor({ timeout: 30_000 });
  await write.locator('.block-header').click();
  await tab(page, 'Result');
  await panel(page)
    .getByText(/1 Created/)
    .waitFor();
  await panel(page).getByRole('button', { name: '1 Unprocessed' }).waitFor();
  await bubble(page, /^1 record, SalesForce Write to Terminator/).waitFor();
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await bubble(page, /^3 records, SalesForce Write to Terminator/).waitFor();
}, 180_000);

test('an org that does not answer before the run is no trap either: what was asked for can be taken back', async () => {
  const { page } = await stage({ options: ['--latency', 'per_call=20'], files: PLAIN });
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByRole('button', { name: 'Starting…' }).waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByText('The flow was not started.').waitFor();
  await page.getByRole('button', { name: 'Run', exact: true }).waitFor();
  expect(await page.getByRole('region', { name: 'Log lines' }).getByText('Started').count()).toBe(0);
});
