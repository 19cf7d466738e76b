/** `execute` in a double of the platform that does what its documentation says. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import type { EdgeData, ExecuteProps, Json, StoredBlock } from 'ziggy-sdk';
import { execute } from '../src/SalesforceWrite.v1.server';
import { closeSidecar, sidecar } from '../src/sidecar';
import { takeChoices } from '../src/take-choices';

const SCREENSHOT = [
  { Id: '001gL000002rbzaQAA', Name: 'Changed Name 1' },
  { Id: 'invalidId', Name: 'Changed Name 2' },
];
const CONFIG = {
  connection: 'sfDev',
  object: 'Account',
  matchKey: 'Id',
  validate: true,
  invalidToSecondEdge: true,
  properties: ['Name'],
};

/** What a run has done to the platform. */
interface Seen {
  outputs: Json[][];
  times: number[];
  log: [string, string][];
  fatal: string[];
}

function platform(payload: Json[] | null, config: Record<string, Json>, changes: Partial<ExecuteProps> = {}) {
  const seen: Seen = { outputs: [], times: [], log: [], fatal: [] };
  const block = { id: 'b1', type: 'SALESFORCE_WRITE_V1', data: { config } } as unknown as StoredBlock;
  const props: ExecuteProps = {
    blockToExecute: block,
    environmentMode: 'DEV',
    executionUuid: '0b0c7e2e-0000-4000-8000-000000000001',
    flow: {
      name: 'Screenshot',
      edges: [0, 1].map((n) => ({
        id: `e${n}`,
        source: 'b1',
        target: `t${n}`,
        sourceHandle: `o${n}`,
        targetHandle: 'i0',
        data: { payload: [] },
      })),
    },
    isKilled: false,
    terminate: false,
    safeWaitForAllInputEdgeData: async () => (payload === null ? null : { i0: { payload } }),
    outgoingEdgeAssignment: async (_block, output, _input, data) => {
      seen.outputs[output] = data;
      return [{ payload: data }] as EdgeData[];
    },
    logTime: (_props, _block, _inputs, outputs, ms) => {
      assert.equal(outputs.length, 2);
      seen.times.push(ms);
    },
    logMessage: (_block, text, level) => void seen.log.push([level, text]),
    formulateFatalError: (_block, message) => void seen.fatal.push(message),
    ...changes,
  };
  return { props, seen };
}

describe('execute', () => {
  after(closeSidecar);

  it('writes the flow of the screenshot: one item on each output', async () => {
    const { props, seen } = platform(SCREENSHOT, CONFIG);
    await execute(props);
    assert.deepEqual(seen.fatal, []);
    assert.deepEqual(seen.outputs, [[SCREENSHOT[0]], [SCREENSHOT[1]]]);
    assert.equal(seen.times.length, 1);
    assert.deepEqual(seen.log, [['warn', '1 of 2 written: 1 invalid']]);
  });

  it('does nothing where the flow ends while it waits for its edges', async () => {
    const { props, seen } = platform(null, CONFIG);
    await execute(props);
    assert.deepEqual(seen, { outputs: [], times: [], log: [], fatal: [] });
  });

  it('puts an array on both outputs, be it empty', async () => {
    const { props, seen } = platform([], CONFIG);
    await execute(props);
    assert.deepEqual(seen.outputs, [[], []]);
  });

  it('ends the flow with a fatal error that says what to do', async () => {
    const { props, seen } = platform(SCREENSHOT, { ...CONFIG, connection: 'nobody' });
    await execute(props);
    assert.match(seen.fatal.join(), /There is no connection `nobody`/);
    assert.deepEqual(seen.outputs, []);
  });

  it('uses the values of the mode that the flow runs in', async () => {
    const { props, seen } = platform(SCREENSHOT, CONFIG, { environmentMode: 'PROD' });
    await execute(props);
    assert.match(seen.fatal.join(), /no production values/);
  });

  for (const stopped of [{ isKilled: true }, { isKilled: () => true }, { terminate: true }]) {
    it(`stops when the platform does (${Object.keys(stopped).join()}), and assigns nothing`, async () => {
      const items = Array.from({ length: 20_000 }, (_, n) => ({ Name: `Stopped ${n}` }));
      const config = {
        connection: 'sfDev',
        object: 'Account',
        matchKey: 'Id',
        advanced: { batchSize: 1, concurrency: 1 },
      };
      const { props, seen } = platform(items, config, stopped);
      await execute(props);
      assert.deepEqual(seen.outputs, []);
      assert.match(seen.log[0]?.[1] ?? '', /unprocessed/);
    });
  }

  it('takes what the form offers from the project', async () => {
    const choices = await takeChoices(sidecar(), ['Account']);
    assert.deepEqual(Object.keys(choices.connections), ['sfDev']);
    const { objects, allObjects, fields } = choices.connections['sfDev'] as (typeof choices.connections)[string];
    assert.ok(objects.some((one) => one.value === 'Account') && allObjects.length >= objects.length);
    assert.ok(fields['Account']?.properties.some((one) => one.label === 'Account Name'));
    assert.equal(fields['Account']?.matchKeys[0]?.value, 'Id');
  });
});
