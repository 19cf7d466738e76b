/** What leaves the page is what went along the wire: every digit, and rows that are no object. */
import { readFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { bubble, SCREENSHOT_FLOW, setTheStage, type Stage } from '../support';

const stage = setTheStage();
const LONG = '9007199254740993';
const LONGER = '-123456789012345678901234567890';
const ITEMS = `[{"n": ${LONG}, "deep": {"list": [${LONGER}]}}, 42, ["a", ${LONG}], null, {"n": 1}]`;
const FLOW = `name: Digits
blocks:
  - {id: receiver, type: RECEIVER_V1, config: {testData: '${ITEMS}'}}
  - {id: sinkhole, type: SINKHOLE_V1, position: {x: 500, y: 100}}
edges:
  - {id: items, source: receiver, target: sinkhole}
`;
const NO_OBJECTS = ['42', `["a", ${LONG}]`, 'null'];

async function run({ page, studio }: Stage, counted: RegExp): Promise<Locator> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: studio.url });
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await bubble(page, counted).click();
  return page.getByRole('dialog');
}

async function copied(page: Page, inspector: Locator, count: number): Promise<string> {
  await inspector.getByRole('button', { name: 'Copy as JSON' }).click();
  await page.getByText(`Copied ${count} items`).waitFor();
  return (await page.evaluate(() => navigator.clipboard.readText())).replace(/\s+/g, ' ');
}

async function downloaded(page: Page, inspector: Locator, name: string): Promise<string> {
  const waits = page.waitForEvent('download');
  await inspector.getByRole('link', { name }).click();
  return readFileSync(await (await waits).path(), 'utf8');
}

test('table, tree, copy and downloads have every digit of long whole numbers, and say what is no object', async () => {
  const open = await stage({ files: { 'flows/digits.yaml': FLOW } });
  const { page } = open;
  const inspector = await run(open, /^5 records, Receiver to Sinkhole/);
  const table = inspector.getByRole('table');
  await table.getByRole('cell', { name: LONG, exact: true }).waitFor();
  await table.getByRole('cell', { name: LONGER }).waitFor();
  for (const one of NO_OBJECTS)
    await table.getByRole('cell', { name: `No object: ${one.replace(', ', ',')}`, exact: true }).waitFor();

  const json = await copied(page, inspector, 5);
  expect(json).toBe(`[ { "n": ${LONG}, "deep": { "list": [ ${LONGER} ] } }, 42, [ "a", ${LONG} ], null, { "n": 1 } ]`);
  expect((await downloaded(page, inspector, 'Download JSON')).replace(/\s+/g, ' ').trim()).toBe(
    `[ {"n": ${LONG}, "deep": {"list": [${LONGER}]}}, 42, ["a", ${LONG}], null, {"n": 1} ]`,
  );
  const csv = await downloaded(page, inspector, 'Download CSV');
  expect(csv.split('\r\n')).toEqual([
    'n,deep,(no object)',
    `${LONG},"{""list"": [${LONGER}]}",`,
    ',,42',
    `,,"[""a"", ${LONG}]"`,
    ',,null',
    '1,,',
    '',
  ]);

  await inspector.getByRole('button', { name: 'Tree' }).click();
  const tree = inspector.getByRole('region', { name: 'Tree' });
  await tree.getByText(LONG, { exact: true }).first().waitFor();
  await tree.getByRole('button', { name: /deep/ }).click();
  await tree.getByRole('button', { name: /list/ }).click();
  await tree.getByText(LONGER, { exact: true }).waitFor();
});

test('a rejected item that is no object says so where its reason stands, and in its copies', async () => {
  const flow = SCREENSHOT_FLOW.replace(/testData: \|[\s\S]*?\n {2}- id: write/, `testData: '${ITEMS}'\n  - id: write`);
  const open = await stage({ files: { 'flows/screenshot.yaml': flow } });
  const { page } = open;
  const inspector = await run(open, /^5 records, SalesForce Write to Sinkhole/);
  for (const one of NO_OBJECTS)
    await inspector.getByText(`No object: ${one.replace(', ', ',')}`, { exact: true }).waitFor();
  const json = JSON.parse(await copied(page, inspector, 5)) as { reason: string; data: unknown }[];
  expect(json.slice(1, 4).map(({ data }) => data)).toEqual([42, ['a', Number(LONG)], null]);
  for (const { reason } of json.slice(1, 4)) expect(reason).toMatch(/a record needs keys and values/);
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(LONG);
  const csv = (await downloaded(page, inspector, 'Download CSV with reasons')).split('\r\n');
  expect(csv[0]).toBe('#,outcome,reason,n,deep,(no object)');
  expect(csv[2]).toMatch(/^2,invalid,.*keys and values.*,,,42$/);
  expect(csv[3]).toMatch(new RegExp(`^3,invalid,.*,,,"\\[""a"", ${LONG}\\]"$`));
  expect(csv[4]).toMatch(/^4,invalid,.*,,,null$/);
});
