/** Runs belong to the server: a page that comes later shows them as they are, and can stop them. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { block, bubble, ROOT, setTheStage, type Stage } from './support';

const stage = setTheStage();
const PLUGIN = ['--plugin', join(ROOT, 'tests', 'browser', 'gate_plugin.py')];
const FLOW = `name: Waiting
blocks:
  - {id: in, type: RECEIVER_V1, position: {x: 40, y: 100}, config: {testData: '[{a: 1}, {a: 2}]'}}
  - {id: gate, type: GATE_V1, position: {x: 440, y: 100}}
  - {id: out, type: SINKHOLE_V1, position: {x: 840, y: 100}}
edges:
  - {source: in, target: gate}
  - {source: gate, target: out}
`;
const OTHER = 'name: Other\nblocks:\n  - {id: in, type: RECEIVER_V1, position: {x: 40, y: 100}}\nedges: []\n';

/** A flow that waits until the test opens the gate. */
async function waiting(): Promise<Stage & { open: () => void }> {
  const { page, studio } = await stage({ options: PLUGIN, files: { 'flows/other.yaml': OTHER } });
  const gate = join(studio.folder, 'go');
  studio.write('flows/waiting.yaml', FLOW.replace('GATE_V1,', `GATE_V1, config: {file: '${gate}'},`));
  await page.goto(`${studio.url}/#waiting`);
  await page.reload();
  await block(page, 'Gate').waitFor();
  return { page, studio, open: () => studio.write('go', '') };
}

const run = (page: Stage['page']) => page.getByRole('button', { name: 'Run', exact: true });
const stop = (page: Stage['page']) => page.getByRole('button', { name: /^Stop/ });

test('after a reload, in a second tab and after another flow a run is shown as it goes on, and to its end', async () => {
  const { page, open } = await waiting();
  await run(page).click();
  await block(page, 'Gate').getByText('waiting: 1 of 2').waitFor();
  const address = page.url();

  await page.reload();
  await block(page, 'Gate').getByText('waiting: 1 of 2').waitFor();
  await bubble(page, /^2 records, Receiver to Gate/).waitFor();
  await expect.poll(() => stop(page).isEnabled()).toBe(true);
  const lines = page.getByRole('region', { name: 'Log lines' }).getByText('Started “Waiting” in development mode');
  await expect.poll(() => lines.count()).toBe(1);

  const second = await page.context().newPage();
  await second.goto(address);
  await block(second, 'Gate').getByText('waiting: 1 of 2').waitFor();

  await page.getByRole('button', { name: 'Flows' }).click();
  await page.getByRole('button', { name: 'Open other' }).click();
  await expect.poll(() => block(page, 'Gate').count()).toBe(0);
  expect(await stop(page).isDisabled()).toBe(true);
  await page.getByRole('button', { name: 'Flows' }).click();
  await page.getByRole('button', { name: 'Open waiting' }).click();
  await block(page, 'Gate').getByText('waiting: 1 of 2').waitFor();

  open();
  for (const one of [page, second]) {
    await one.getByText(/^Finished in/).waitFor();
    await bubble(one, /^2 records, Gate to Sinkhole/).waitFor();
  }
});

test('a tab that was open before the run began shows it, and its Stop ends it for both', async () => {
  const { page } = await waiting();
  const second = await page.context().newPage();
  await second.goto(page.url());
  await block(second, 'Gate').waitFor();
  await run(page).click();
  await block(second, 'Gate').getByText('waiting: 1 of 2').waitFor();
  await stop(second).click();
  for (const one of [page, second]) await one.getByText(/^Stopped in/).waitFor();
});

test('a flow that runs already is started a second time only when that is wanted', async () => {
  const { page, open } = await waiting();
  await run(page).click();
  await block(page, 'Gate').getByText('waiting: 1 of 2').waitFor();
  await run(page).click();
  const question = page.getByRole('dialog', { name: 'Start it a second time?' });
  await question.getByText(/This flow is running already/).waitFor();
  await question.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Last runs' }).click();
  const runs = page.getByRole('list', { name: 'Last runs' }).locator('> li');
  await expect.poll(() => runs.count()).toBe(1);
  await page.keyboard.press('Escape');

  await page.keyboard.press('ControlOrMeta+Enter');
  await question.getByRole('button', { name: 'Start it a second time' }).click();
  await page.getByRole('button', { name: 'Last runs' }).click();
  await expect.poll(() => runs.count()).toBe(2);
  await expect.poll(() => runs.getByText('Under way').count()).toBe(2);
  await runs
    .last()
    .getByRole('button', { name: /^Show the run/ })
    .click();
  await block(page, 'Gate').getByText('waiting: 1 of 2').waitFor();
  open();
  await page
    .getByText(/^Finished in/)
    .first()
    .waitFor();
});

test('a run that another tab has started is not started beside it without a question', async () => {
  const { page, open } = await waiting();
  const second = await page.context().newPage();
  await second.goto(page.url());
  await block(second, 'Gate').waitFor();
  // Of the first page's run the second one does not hear.
  await second.route('**/api/runs?flow=*', (route) => route.fulfill({ json: { runs: [] } }));
  await run(page).click();
  await block(page, 'Gate').getByText('waiting: 1 of 2').waitFor();
  await run(second).click();
  await second.getByRole('dialog', { name: 'Start it a second time?' }).waitFor();
  open();
});

test('a run that is not an ordinary one is called what it is among the last runs', async () => {
  const { page, studio } = await waiting();
  studio.write('go', '');
  await page.getByRole('button', { name: 'Preview' }).click();
  await page.getByText(/^Finished in/).waitFor();
  await block(page, 'Sinkhole').locator('.block-header').click();
  await page.getByRole('button', { name: 'Run up to here' }).click();
  await expect.poll(() => page.getByText(/^Finished in/).count()).toBe(2);
  await page.getByRole('button', { name: 'Last runs' }).click();
  const runs = page.getByRole('list', { name: 'Last runs' }).locator('> li');
  await runs.first().getByText('Part of the flow').waitFor();
  await runs.last().getByText('Preview').waitFor();
});
