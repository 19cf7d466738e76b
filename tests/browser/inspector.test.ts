/** The items of an edge as they are: every digit, every column, and rows that are no object. */
import { expect, test } from 'vitest';
import { bubble, setTheStage } from './support';

const stage = setTheStage();
const COLUMNS = Array.from({ length: 100 }, (_, at) => `k${at}: ${at}`).join(', ');
const FLOW = `name: Items
blocks:
  - id: receiver
    type: RECEIVER_V1
    config:
      testData: '[{n: 1, ${COLUMNS}}, 42]'
  - {id: sinkhole, type: SINKHOLE_V1, position: {x: 500, y: 100}}
edges:
  - {id: items, source: receiver, target: sinkhole}
`;

test('whole numbers beyond 2^53 keep their digits, 100 keys are 100 columns, and an item that is no object says so', async () => {
  const { page } = await stage({ files: { 'flows/items.yaml': FLOW.replace('n: 1', '"n": 9007199254740993') } });
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await bubble(page, /^2 records, Receiver to Sinkhole/).click();
  const table = page.getByRole('dialog').getByRole('table');
  await table.getByRole('cell', { name: '9007199254740993', exact: true }).waitFor();
  expect(await table.getByRole('columnheader').count()).toBe(102);
  await table.getByRole('cell', { name: 'No object: 42' }).waitFor();
  await page.getByRole('button', { name: 'Tree' }).click();
  await page.getByRole('dialog').getByText('9007199254740993', { exact: true }).waitFor();
});
