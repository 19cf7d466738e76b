/** The last runs of a flow: how each ended, and one of them back on the canvas, also after the studio was started anew. */
import { expect, test } from 'vitest';
import { block, bubble, expectCounts, panel, SCREENSHOT_FLOW, setTheStage, tab } from './support';

const stage = setTheStage();
const FILES = { 'project.yaml': 'history: all\n', 'flows/screenshot.yaml': SCREENSHOT_FLOW };

test('an earlier run comes back with its counts, its report and its items', async () => {
  const { page, studio } = await stage({ files: FILES });
  await page.getByRole('button', { name: 'Last runs' }).click();
  await page.getByText('This flow has not run yet.').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await expectCounts(page, 2, 1, 1);
  await block(page, 'SalesForce Write').getByRole('checkbox', { name: 'Invalid to second output edge' }).uncheck();
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await expectCounts(page, 2, 1, 0);

  await page.getByText('Saved', { exact: true }).waitFor();
  const port = new URL(studio.url).port;
  await studio.stop();
  await studio.start(port);
  await page.reload();
  await page.getByRole('button', { name: 'Last runs' }).click();
  const runs = page.getByRole('list', { name: 'Last runs' }).locator('> li');
  await expect.poll(() => runs.count()).toBe(2);
  await runs.last().getByText('1 of 2 written: 1 invalid').waitFor();
  await runs.last().getByText('1 Invalid', { exact: true }).waitFor();
  await runs
    .last()
    .getByRole('button', { name: /^Show the run of/ })
    .click();
  await expectCounts(page, 2, 1, 1);
  await block(page, 'SalesForce Write').locator('.block-header').click();
  await tab(page, 'Result');
  await panel(page).getByRole('button', { name: '1 Invalid' }).waitFor();
  await bubble(page, /SalesForce Write to Sinkhole/).click();
  await page.getByRole('dialog').getByRole('cell', { name: 'invalidId' }).waitFor();
});

test('a run whose items were not kept says so', async () => {
  const { page, studio } = await stage({ files: { ...FILES, 'project.yaml': 'history: none\n' } });
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await expectCounts(page, 2, 1, 1);
  const port = new URL(studio.url).port;
  await studio.stop();
  await studio.start(port);
  await page.reload();
  await page.getByRole('button', { name: 'Last runs' }).click();
  await page.getByRole('button', { name: /^Show the run of/ }).click();
  await bubble(page, /^2 records, Receiver to SalesForce Write/).click();
  await page.getByText(/The items of this edge were not kept\. project\.yaml says with history/).waitFor();
});

test('a run that kept previous values is taken back from its line, after a look at what that does', async () => {
  const flow = SCREENSHOT_FLOW.replace('matchKey: Id', 'matchKey: Id\n      advanced: { previousValues: true }');
  const { page } = await stage({ files: { ...FILES, 'flows/screenshot.yaml': flow } });
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await expectCounts(page, 2, 1, 1);
  await page.getByRole('button', { name: 'Last runs' }).click();
  await page.getByRole('button', { name: 'Undo…' }).click();
  await page.getByText('1 of 1 would be written').waitFor();
  await page.getByRole('cell', { name: 'Changed Name 1' }).waitFor();
  await page.getByRole('button', { name: 'Undo this run' }).click();
  await page.getByText('Undone: 1 of 1 written').waitFor();
  // Another look finds nothing left to do.
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Last runs' }).click();
  await page.getByRole('button', { name: 'Undo…' }).click();
  await page.getByText('0 of 1 written, 1 unchanged').waitFor();
});
