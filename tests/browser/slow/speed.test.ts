/** How long a person waits: what the house promises, measured in the page, with room for a busy machine. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { block, bubble, choose, panel, SCREENSHOT_FLOW, setTheStage } from '../support';

const stage = setTheStage();
const MOST_OPTIONS = 40;
const OPEN_MS = 300;
const KEY_MS = 50;
const LOAD_MS = 1000;
/** What a quick machine takes to parse two megabytes of JSON. */
const QUICK_MS = 20;

declare global {
  interface Window {
    took: number[];
    watching: AbortController | undefined;
  }
}

/** From now on, and until the next time, notes how long each event of this kind keeps the next frame waiting. */
async function watch(page: Page, kind: 'keydown' | 'pointerdown', until: string): Promise<void> {
  await page.evaluate(
    ([name, selector]) => {
      const took: number[] = [];
      window.took = took;
      window.watching?.abort();
      window.watching = new AbortController();
      const onEvent = () => {
        const before = performance.now();
        const look = () =>
          requestAnimationFrame(() => {
            if (!document.querySelector(selector)) {
              look();
              return;
            }
            // The task after a frame's callbacks comes when that frame has been drawn.
            const channel = new MessageChannel();
            channel.port1.onmessage = () => took.push(performance.now() - before);
            channel.port2.postMessage(null);
          });
        look();
      };
      window.addEventListener(name, onEvent, { capture: true, signal: window.watching.signal });
    },
    [kind, until] as const,
  );
}

/** What all but one in twenty stay under. */
const percentile95 = (values: number[]): number =>
  [...values].sort((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1] ?? Infinity;

const median = (values: number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Infinity;

async function timesOf(page: Page, count: number): Promise<number[]> {
  await expect.poll(() => page.evaluate(() => window.took.length)).toBe(count);
  return page.evaluate(() => window.took);
}

test('a dropdown of 1,500 objects or of 800 fields opens in under 300 ms and answers a key in under 50 ms', async () => {
  const files = { 'flows/screenshot.yaml': SCREENSHOT_FLOW };
  const { page } = await stage({ options: ['--objects', '1500', '--fields', '800'], files });
  const write = block(page, 'SalesForce Write');
  await choose(page, write, 'Object', 'Wide__c', /^Wide/);
  await page.getByText('Saved', { exact: true }).waitFor();
  for (const field of ['Object', 'SF properties to write']) {
    const box = write.getByRole('combobox', { name: field });
    const opened = [];
    for (let turn = 0; turn < 5; turn += 1) {
      // Each time anew: what is offered is asked of the server when the dropdown opens.
      await page.reload();
      await box.waitFor();
      await watch(page, 'pointerdown', '[role=option]');
      await box.click();
      opened.push(...(await timesOf(page, 1)));
    }
    expect(median(opened), `${field} opens in ${opened.join(', ')} ms`).toBeLessThan(OPEN_MS);
    await box.fill('');
    await watch(page, 'keydown', '[role=option]');
    const keys = ['ArrowDown', 'ArrowDown', 'ArrowUp', 'e', 'ArrowDown', 'Backspace', 'e', 'Backspace', 'ArrowDown'];
    for (const [at, key] of keys.entries()) {
      await page.keyboard.press(key);
      await timesOf(page, at + 1);
    }
    const answered = await timesOf(page, keys.length);
    expect(median(answered), `${field} answers in ${answered.join(', ')} ms`).toBeLessThan(KEY_MS);
    expect(await page.locator('[role=option]').count()).toBeLessThanOrEqual(MOST_OPTIONS);
    await page.keyboard.press('Escape');
  }
}, 180_000);

/** How many times as long as a quick machine this one takes, measured at once: shared machines swing by two. */
const slownessOf = (page: Page) =>
  page.evaluate((quick) => {
    const text = JSON.stringify(Array.from({ length: 2000 }, (_, id) => ({ id, name: `n${id}`, tags: ['a', 'b'] })));
    const started = performance.now();
    for (let turn = 0; turn < 20; turn += 1) JSON.parse(text);
    return Math.max(1, (performance.now() - started) / quick);
  }, QUICK_MS);

test('the page can be used within a second', async () => {
  const { page } = await stage({ files: { 'flows/screenshot.yaml': SCREENSHOT_FLOW } });
  const times = [];
  for (let turn = 0; turn < 5; turn += 1) {
    await page.reload();
    // Asked at each frame: a locator looks again after half a second only.
    const usable = await page.waitForFunction(
      () => document.querySelector('[data-block=write] [role=combobox]') && performance.now(),
    );
    times.push(((await usable.jsonValue()) ?? Number.NaN) / (await slownessOf(page)));
  }
  // A busy machine only adds to it: the best of five says what the page itself takes.
  expect(Math.min(...times), `usable after ${times.join(', ')} ms`).toBeLessThan(LOAD_MS);
});

test('an edge of 100,000 items opens at once', async () => {
  const flow = SCREENSHOT_FLOW.replace(
    /testData: \|[\s\S]*?\n {2}- id: write/,
    `testData: "[${"{Name: 'a'},".repeat(100_000)}]"\n  - id: write`,
  );
  const { page } = await stage({ files: { 'flows/screenshot.yaml': flow } });
  await block(page, 'SalesForce Write').locator('.block-header').click();
  await panel(page).getByRole('button', { name: 'Run up to here' }).click();
  const count = bubble(page, /^100,000 records/);
  await count.waitFor({ timeout: 60_000 });
  await watch(page, 'pointerdown', 'dialog tbody td');
  await count.click();
  const [opened] = await timesOf(page, 1);
  expect(opened).toBeLessThan(LOAD_MS);
}, 180_000);

test('a flow of 200 blocks is drawn and pans smoothly', async () => {
  const blocks = Array.from({ length: 199 }, (_, at) => {
    const position = `{x: ${(at % 20) * 450}, y: ${Math.floor(at / 20) * 640}}`;
    return `  - {id: b${at}, type: SALESFORCE_WRITE_V1, position: ${position}, config: {connection: sfDev, object: Account}}`;
  });
  const edges = Array.from({ length: 198 }, (_, at) => `  - {source: b${at}, target: b${at + 1}}`);
  const flow = `name: Many\nblocks:\n  - {id: in, type: RECEIVER_V1, position: {x: -400, y: 0}}\n${blocks.join('\n')}\nedges:\n  - {source: in, target: b0}\n${edges.join('\n')}\n`;
  const { page } = await stage({ files: { 'flows/many.yaml': flow } });
  await block(page, 'Receiver').waitFor();
  for (let step = 0; step < 9; step += 1) await page.getByRole('button', { name: 'Zoom In' }).click({ force: true });
  await expect.poll(() => page.locator('.react-flow__node').count()).toBeLessThan(60);
  const pane = await page.locator('.react-flow__pane').boundingBox();
  if (!pane) throw new Error('there is no canvas');
  const rounds = [];
  for (let round = 0; round < 3; round += 1) rounds.push(await framesOfPan(page, pane));
  // Whatever else the machine does only adds to it: the best of three says what the page itself takes.
  const best = Math.min(...rounds.map(percentile95));
  expect(best, `frames of ${rounds.map((one) => one.map(Math.round).join(', ')).join(' | ')} ms`).toBeLessThanOrEqual(
    KEY_MS,
  );
}, 180_000);

/** The times between frames while the hand pulls the canvas along. */
async function framesOfPan(page: Page, pane: { x: number; y: number }): Promise<number[]> {
  await page.evaluate(() => {
    const took: number[] = [];
    window.took = took;
    let before = performance.now();
    const frame = () => {
      if (window.took !== took) return;
      took.push(performance.now() - before);
      before = performance.now();
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  // A block's header would be moved instead of the view, so the hand takes hold between two rows of blocks.
  await page.mouse.move(pane.x + 20, pane.y + 20);
  await page.mouse.wheel(120, 0);
  await page.keyboard.down('Space');
  await page.mouse.down();
  for (let step = 1; step <= 60; step += 1) await page.mouse.move(pane.x + 20 + step * 8, pane.y + 20 + step * 4);
  await page.mouse.up();
  await page.keyboard.up('Space');
  const frames = await page.evaluate(() => window.took.slice(1));
  expect(frames.length).toBeGreaterThan(20);
  return frames;
}

test('in test data of 100,000 items a key takes under 50 ms', async () => {
  const { page } = await stage({ files: { 'flows/screenshot.yaml': SCREENSHOT_FLOW } });
  await block(page, 'Receiver').locator('.block-header').click();
  const editor = panel(page).getByRole('textbox', { name: 'Test Data' });
  const items = Array.from({ length: 100_000 }, (_, at) => ({ Id: `00${at}`, Name: `Item ${at}`, City: 'Berlin' }));
  await panel(page)
    .getByLabel(/^From a file/)
    .setInputFiles({
      name: 'rows.json',
      mimeType: 'application/json',
      buffer: Buffer.from(JSON.stringify(items, null, 2)),
    });
  await page.getByText('100,000 items ·').waitFor();
  await editor.focus();
  await watch(page, 'keydown', '.cm-editor');
  for (let key = 0; key < 9; key += 1) await page.keyboard.press('Space');
  expect(median(await timesOf(page, 9))).toBeLessThan(KEY_MS);
});
