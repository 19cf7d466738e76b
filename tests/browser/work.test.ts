/** Working on a flow: undo, copies, preview, files that others change, a server that goes away. */
import { expect, test } from 'vitest';
import { block, bubble, panel, runEnds, SCREENSHOT_FLOW, setTheStage, tab } from './support';

const stage = setTheStage();
const FLOW = { 'flows/screenshot.yaml': SCREENSHOT_FLOW };

test('opening a flow leaves its file as it is, and a change is a small one', async () => {
  const { page, studio } = await stage({ files: FLOW });
  await block(page, 'SalesForce Write').getByRole('checkbox', { name: 'Invalid to second output edge' }).waitFor();
  expect(studio.read('flows/screenshot.yaml')).toBe(SCREENSHOT_FLOW);
  await block(page, 'SalesForce Write').getByRole('checkbox', { name: 'Invalid to second output edge' }).uncheck();
  await expect.poll(() => studio.read('flows/screenshot.yaml')).toContain('invalidToSecondEdge: false');
  const saved = studio.read('flows/screenshot.yaml');
  expect(saved).toContain('testData: |');
  expect(saved).toContain('- {id: written, source: write, target: terminator}');
});

test('what is changed while an earlier change is being saved is saved, too', async () => {
  const { page, studio } = await stage({ files: FLOW });
  const write = block(page, 'SalesForce Write');
  let answer = () => {};
  const isAsked = new Promise<void>((resolve) => {
    void page.route(
      '**/api/flows/screenshot',
      async (route) => {
        const isHeld = new Promise<void>((release) => (answer = release));
        resolve();
        await isHeld;
        await route.continue();
      },
      { times: 1 },
    );
  });
  await write.getByRole('checkbox', { name: 'Invalid to second output edge' }).uncheck();
  await isAsked;
  // On the block that is in view: the panel, which has opened, may cover the others.
  await write.getByRole('checkbox', { name: 'Upsert' }).uncheck();
  answer();
  await expect.poll(() => studio.read('flows/screenshot.yaml')).toContain('upsert: false');
  expect(studio.read('flows/screenshot.yaml')).toContain('invalidToSecondEdge: false');
  await page.getByText('Saved', { exact: true }).waitFor();
});

test('undo takes back and redo brings again what was moved, removed and typed', async () => {
  const { page } = await stage({ files: FLOW });
  const sinkhole = block(page, 'Sinkhole');
  await sinkhole.locator('.block-header').click();
  const before = await sinkhole.boundingBox();
  await sinkhole.focus();
  for (let step = 0; step < 4; step += 1) await page.keyboard.press('ArrowDown');
  await expect.poll(async () => (await sinkhole.boundingBox())?.y ?? 0).toBeGreaterThan((before?.y ?? 0) + 10);
  await page.keyboard.press('Delete');
  await expect.poll(() => sinkhole.count()).toBe(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await sinkhole.waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(async () => Math.round((await sinkhole.boundingBox())?.y ?? 0)).toBe(Math.round(before?.y ?? 0));
  await page.getByRole('button', { name: 'Redo' }).click();
  await expect.poll(async () => (await sinkhole.boundingBox())?.y ?? 0).toBeGreaterThan((before?.y ?? 0) + 10);
});

test('copy and paste makes a second block with the same settings', async () => {
  const { page } = await stage({ files: FLOW });
  await block(page, 'Terminator').locator('.block-header').click();
  await block(page, 'Terminator').focus();
  await page.keyboard.press('ControlOrMeta+c');
  await page.keyboard.press('ControlOrMeta+v');
  await expect.poll(() => block(page, 'Terminator').count()).toBe(2);
});

test('a preview says what would happen, value by value and at what cost, and writes nothing', async () => {
  const { page } = await stage({ files: FLOW });
  await page.getByRole('button', { name: 'Preview' }).click();
  await block(page, 'SalesForce Write').getByText('1 Would be updated').waitFor();
  await block(page, 'SalesForce Write').locator('.block-header').click();
  await tab(page, 'Result');
  await panel(page).getByText('Preview: nothing was written.').waitFor();
  await panel(page)
    .getByText(/^A run would take about 1 API call\./)
    .waitFor();
  const change = panel(page).getByRole('table', { name: /^Item 1 would be updated/ });
  const row = change.getByRole('row').filter({ has: page.getByRole('rowheader', { name: 'Name' }) });
  await expect.poll(() => row.getByRole('deletion').allTextContents()).toEqual(['Original Name']);
  await expect.poll(() => row.getByRole('insertion').allTextContents()).toEqual(['Changed Name 1']);
  await runEnds(page);
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await block(page, 'SalesForce Write').getByText('1 Updated').waitFor();
});

test('a file that was changed on disk is not overwritten without a word', async () => {
  const { page, studio } = await stage({ files: FLOW });
  await block(page, 'Terminator').waitFor();
  studio.write('flows/screenshot.yaml', SCREENSHOT_FLOW.replace('name: Screenshot', 'name: By another hand'));
  await block(page, 'Terminator').getByRole('checkbox').check();
  await page
    .getByRole('alert')
    .getByText(/changed outside the editor/)
    .waitFor();
  expect(studio.read('flows/screenshot.yaml')).toContain('By another hand');
  await page.getByRole('button', { name: 'Load it again' }).click();
  await expect.poll(() => page.getByRole('textbox', { name: 'Flow name' }).inputValue()).toBe('By another hand');
});

test('a slow run shows its progress and can be stopped', async () => {
  const items = Array.from({ length: 40 }, (_, at) => `{Name: 'Item ${at}', Ext__c: '${at}'}`).join(',');
  const flow = SCREENSHOT_FLOW.replace(
    /testData: \|[\s\S]*?\n {2}- id: write/,
    `testData: "[${items}]"\n  - id: write`,
  ).replace('matchKey: Id', 'matchKey: Ext__c\n      advanced: {batchSize: 1, concurrency: 1}');
  const { page } = await stage({ options: ['--latency', 'per_call=0.3'], files: { 'flows/screenshot.yaml': flow } });
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await block(page, 'SalesForce Write').getByRole('progressbar').waitFor();
  await block(page, 'SalesForce Write').getByText(/of 40/).waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page
    .getByRole('region', { name: 'Log lines' })
    .getByText(/^Stopped in/)
    .waitFor();
  await block(page, 'SalesForce Write')
    .getByText(/^\d+ Unprocessed$/)
    .waitFor();
});

test('every rejected item can be read, however many there are', async () => {
  const items = Array.from({ length: 150 }, (_, at) => `{Id: 'wrong ${at}'}`).join(',');
  const flow = SCREENSHOT_FLOW.replace(
    /testData: \|[\s\S]*?\n {2}- id: write/,
    `testData: "[${items}]"\n  - id: write`,
  );
  const { page } = await stage({ files: { 'flows/screenshot.yaml': flow } });
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await bubble(page, /^150 records, SalesForce Write to Sinkhole/).click();
  await page.getByRole('tab', { name: 'Rejected (150)' }).click();
  await expect.poll(() => page.getByRole('article').count()).toBe(100);
  await page.getByRole('button', { name: 'Show 100 more' }).click();
  await expect.poll(() => page.getByRole('article').count()).toBe(150);
  expect(await page.getByRole('button', { name: 'Show 100 more' }).count()).toBe(0);
});

test('a block whose type is not installed is drawn with its wires, says so, and is saved as it was', async () => {
  const flow = SCREENSHOT_FLOW.replace('type: SINKHOLE_V1', 'type: NOT_INSTALLED_V1');
  const { page, studio } = await stage({ files: { 'flows/screenshot.yaml': flow } });
  await block(page, 'NOT_INSTALLED_V1').getByText('No installed plugin brings NOT_INSTALLED_V1.').waitFor();
  await expect.poll(() => page.locator('.react-flow__edge').count()).toBe(3);
  await block(page, 'Terminator').getByRole('checkbox').check();
  await expect.poll(() => studio.read('flows/screenshot.yaml')).toContain('sendDataInResponse: true');
  expect(studio.read('flows/screenshot.yaml')).toContain('type: NOT_INSTALLED_V1');
});

test('a long name stays within its field, and is read in full on hover', async () => {
  const long = 'A_Very_Long_Name_Of_A_Custom_Field_That_Nobody_Would_Want_To_Type__c';
  const flow = SCREENSHOT_FLOW.replace('properties: [Name]', `properties: [Name, ${long}]`);
  const { page } = await stage({ files: { 'flows/screenshot.yaml': flow } });
  // The dot that tells of the unknown field names it, too.
  const chip = block(page, 'SalesForce Write').getByTitle(long, { exact: true });
  const inside = await chip.boundingBox();
  const around = await block(page, 'SalesForce Write').boundingBox();
  expect((inside?.x ?? 0) + (inside?.width ?? 0)).toBeLessThan((around?.x ?? 0) + (around?.width ?? 0));
});
