/** What takes its time: a server that goes away, edges with very many items, flows with very many blocks. */
import { expect, test } from 'vitest';
import { block, bubble, panel, SCREENSHOT_FLOW, setTheStage } from '../support';

const stage = setTheStage();
const FLOW = { 'flows/screenshot.yaml': SCREENSHOT_FLOW };

test('a server that dies in the middle of a run: the page says so, keeps the flow, and comes back', async () => {
  const { page, studio } = await stage({ options: ['--latency', 'per_call=20'], files: FLOW });
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
    .waitFor({ timeout: 15_000 });
  await expect
    .poll(() => studio.read('flows/screenshot.yaml'), { timeout: 10_000 })
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
  await bubble(page, /^100,000 records/).click({ timeout: 20_000 });
  await page.getByRole('dialog').getByRole('rowheader', { name: '1', exact: true }).waitFor();
  expect(await page.getByRole('dialog').locator('tbody tr').count()).toBeLessThan(80);
  await page.getByRole('region', { name: 'Table' }).evaluate((one) => one.scrollTo({ top: one.scrollHeight }));
  await page.getByRole('dialog').getByRole('rowheader', { name: '100000' }).waitFor();
}, 60_000);

test('a flow of 200 blocks opens, and only the blocks in view are in the page', async () => {
  const blocks = Array.from({ length: 199 }, (_, at) => {
    const position = `{x: ${(at % 20) * 450}, y: ${Math.floor(at / 20) * 640}}`;
    return `  - {id: b${at}, type: SALESFORCE_WRITE_V1, position: ${position}, config: {connection: sfDev, object: Account}}`;
  });
  const edges = Array.from({ length: 198 }, (_, at) => `  - {source: b${at}, target: b${at + 1}}`);
  const flow = `name: Many\nblocks:\n  - {id: in, type: RECEIVER_V1, position: {x: -400, y: 0}}\n${blocks.join('\n')}\nedges:\n  - {source: in, target: b0}\n${edges.join('\n')}\n`;
  const { page } = await stage({ files: { 'flows/many.yaml': flow } });
  await block(page, 'Receiver').waitFor();
  await page.getByRole('button', { name: 'Zoom In' }).click();
  for (let step = 0; step < 8; step += 1) await page.getByRole('button', { name: 'Zoom In' }).click({ force: true });
  await expect.poll(() => page.locator('.react-flow__node').count()).toBeLessThan(60);
  const pane = await page.locator('.react-flow__pane').boundingBox();
  if (!pane) throw new Error('there is no canvas');
  const frames = await page.evaluate(async () => {
    const times: number[] = [];
    const canvas = document.querySelector('.react-flow__pane');
    for (let step = 0; step < 30; step += 1) {
      const before = performance.now();
      canvas?.dispatchEvent(
        new WheelEvent('wheel', { deltaX: 60, deltaY: 0, shiftKey: true, bubbles: true, clientX: 800, clientY: 500 }),
      );
      await new Promise((resolve) => requestAnimationFrame(resolve));
      times.push(performance.now() - before);
    }
    return times.sort((a, b) => a - b);
  });
  // A guard against freezing, not a measurement: those belong in benchmarks.
  expect(frames[Math.floor(frames.length / 2)] ?? 1000).toBeLessThan(200);
});
