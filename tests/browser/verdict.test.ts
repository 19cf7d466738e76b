/** What the eye sees is true: a run that wrote nothing, or not everything, is nowhere shown as a success. */
import { expect, test } from 'vitest';
import { block, expectCounts, panel, runEnds, SCREENSHOT_FLOW, setTheStage } from './support';

const stage = setTheStage();
const FLOW = { 'flows/screenshot.yaml': SCREENSHOT_FLOW };
const NOTHING = { 'flows/screenshot.yaml': SCREENSHOT_FLOW.replace("Id: '001gL000002rbzaQAA'", "Id: 'wrong, too'") };

test('a run that wrote nothing says so on the block, in the log, at its end, to a screen reader and among the runs', async () => {
  const { page } = await stage({ files: NOTHING });
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await expectCounts(page, 2, 0, 2);
  const write = block(page, 'SalesForce Write');
  await write.getByText('0 of 2 written: 2 invalid').waitFor();
  await write.getByRole('img', { name: 'Result: 0 of 2 written: 2 invalid' }).waitFor();
  await write.getByRole('img', { name: 'Ready to run' }).waitFor();
  const log = page.getByRole('region', { name: 'Log lines' });
  await log.getByText(/^Done in \d+ ms; 2 received: 0 written, 2 invalid$/).waitFor();
  await log
    .getByText(/^Finished in \d+ ms: nothing was written; SalesForce Write: 0 of 2 written: 2 invalid$/)
    .waitFor();
  expect(await log.innerText()).not.toMatch(/_V1|\bwrite\b:/);
  await expect.poll(() => page.getByTestId('run-status').innerText()).toContain('nothing was written');
  await page.getByRole('button', { name: 'Last runs' }).click();
  await page
    .getByRole('dialog')
    .getByText(/^Finished in .*: nothing was written$/)
    .waitFor();
});

test('a collapsed block keeps its bar, its verdict and both of its handles, each in its own place', async () => {
  const { page } = await stage({ files: FLOW });
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await expectCounts(page, 2, 1, 1);
  const write = block(page, 'SalesForce Write');
  await write.getByRole('button', { name: 'Collapse SalesForce Write' }).click();
  await write.getByText('1 of 2 written: 1 invalid').waitFor();
  await write.getByRole('img', { name: '1 updated, 1 invalid' }).waitFor();
  const box = await write.boundingBox();
  const tops = await write
    .getByRole('button', { name: /^Output/ })
    .evaluateAll((handles) =>
      handles.map((one) => one.getBoundingClientRect()).map(({ top, height }) => top + height / 2),
    );
  expect(tops.length).toBe(2);
  expect((tops[1] ?? 0) - (tops[0] ?? 0)).toBeGreaterThan(16);
  for (const top of tops) {
    expect(top).toBeGreaterThan(box?.y ?? 0);
    expect(top).toBeLessThan((box?.y ?? 0) + (box?.height ?? 0));
  }
});

test('a preview never looks like a run, and a part of a flow is labelled', async () => {
  const { page } = await stage({ files: FLOW });
  await page.getByRole('button', { name: 'Preview' }).click();
  await page.getByText('Preview: what a run would do. Nothing was written.').waitFor();
  await block(page, 'SalesForce Write').getByText('Preview:').waitFor();
  await block(page, 'SalesForce Write')
    .getByRole('img', { name: /^Result of the preview: / })
    .waitFor();
  await runEnds(page);
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await block(page, 'SalesForce Write').getByText('1 of 2 written: 1 invalid').waitFor();
  expect(await page.getByText('Preview:').count()).toBe(0);
  await block(page, 'SalesForce Write').locator('.block-header').click();
  await panel(page).getByRole('button', { name: 'Run up to here' }).click();
  await page.getByText(/^A part of the flow was run/).waitFor();
});

test('a start that was refused stands in the log, and its red notice leaves with its cause', async () => {
  const flow = SCREENSHOT_FLOW.replace('object: Account', 'object: Nothing__c');
  const { page } = await stage({ files: { 'flows/screenshot.yaml': flow.replace(/edges:[\s\S]*/, 'edges: []\n') } });
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  const notice = page.getByRole('alert').getByText(/^The flow did not start/);
  await notice.waitFor();
  await page
    .getByRole('region', { name: 'Log lines' })
    .getByText(/^The flow did not start/)
    .waitFor();
  await block(page, 'Terminator').getByRole('checkbox').check();
  await expect.poll(() => notice.count()).toBe(0);
});

test('a refused start names the setting by its label, in the notice and in the log, and a click leads to it', async () => {
  const flow = SCREENSHOT_FLOW.replace(/ {6}matchKey: .*\n/, '');
  const { page } = await stage({ files: { 'flows/screenshot.yaml': flow } });
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  const notice = page.getByRole('alert').getByText(/^The flow did not start/);
  await notice.getByText('SalesForce Write: Edge key for matching is not set.').waitFor();
  const field = panel(page).getByRole('combobox', { name: 'Edge key for matching' });
  await page.getByRole('button', { name: 'Edge key for matching', exact: true }).click();
  await expect.poll(() => field.evaluate((one) => one === document.activeElement)).toBe(true);
  await panel(page).getByRole('button', { name: 'Close panel' }).click();
  const log = page.getByRole('region', { name: 'Log lines' });
  expect(await log.innerText()).not.toMatch(/matchKey|\/config|_V1|\bwrite\b/);
  await log.getByRole('button', { name: 'Show the setting' }).click();
  await expect.poll(() => field.evaluate((one) => one === document.activeElement)).toBe(true);
  await page.keyboard.type('Id');
  await page.keyboard.press('Enter');
  await expect.poll(() => notice.count()).toBe(0);
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByText(/^Finished in/).waitFor();
});
