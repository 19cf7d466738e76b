/** What takes its time: a server that goes away, edges with very many items. */
import type { Page } from 'playwright-core';
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
    .getByText(/does not answer. Your flow is kept/)
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

const RUNS = 50;
const WARM_RUNS = 10;
/** Room for the log's lines, of which it keeps the last ones; a run that is kept with what it drew takes much more. */
const MOST_GROWTH_BYTES = 3_000_000;

test('the memory of the page is steady over 50 runs', async () => {
  const { page } = await stage({ files: FLOW });
  const run = async (number: number) => {
    await page.keyboard.press('ControlOrMeta+Enter');
    await expect.poll(() => page.evaluate(ends)).toBe(number);
  };
  for (let number = 1; number <= WARM_RUNS; number += 1) await run(number);
  const before = await memoryOf(page);
  for (let number = WARM_RUNS + 1; number <= WARM_RUNS + RUNS; number += 1) await run(number);
  const after = await memoryOf(page);
  expect(after.bytes - before.bytes, `${before.bytes} → ${after.bytes} bytes`).toBeLessThan(MOST_GROWTH_BYTES);
  expect(after.listeners - before.listeners, `${before.listeners} → ${after.listeners} listeners`).toBeLessThan(RUNS);
}, 300_000);

/** How many runs the log tells the end of. */
function ends(): number {
  const log = document.querySelector('[aria-label="Log lines"]')?.textContent ?? '';
  return log.match(/Finished in \d+ ms/g)?.length ?? 0;
}

/** What is held once nothing is left that could be let go of. */
async function memoryOf(page: Page): Promise<{ bytes: number; listeners: number }> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  await session.detach();
  const of = (name: string) => metrics.find((one) => one.name === name)?.value ?? Infinity;
  return { bytes: of('JSHeapUsedSize'), listeners: of('JSEventListeners') };
}
