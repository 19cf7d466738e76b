/**
 * Every end of a run on every surface of the editor. `tests/studio/verdicts.json` says what the server tells of it;
 * the tests of commands, log, history and server are held to the same file.
 */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, render, screen } from '@testing-library/react';
import { ReactFlowProvider, type NodeProps } from '@xyflow/react';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Descriptor, Json, PastRun } from '../api/types';
import { Announcer } from '../log/Announcer';
import { RunLog } from '../log/RunLog';
import logStyles from '../log/RunLog.module.css';
import { BlockNode } from '../node/BlockNode';
import nodeStyles from '../node/BlockNode.module.css';
import barStyles from '../report/ReportBar.module.css';
import { makeNode, type BlockNode as BlockNodeType } from '../state/document';
import { nameOfBlock, useEditor } from '../state/editor';
import { pastRun } from '../state/past';
import { afterEvent, NO_RUN, type RunState } from '../state/run';
import RunsDialog from './RunsDialog';
import listStyles from './RunsDialog.module.css';

interface End {
  verdict: { state: 'complete' | 'partial' | 'nothing'; sentence: string };
  events: [string, Record<string, Json> & { at: string }][];
  past: PastRun;
}

const FILE = join(process.cwd(), '..', 'tests', 'studio', 'verdicts.json');
const ENDS = JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, End>;

/** What the editor shows of each: the words beside the sentence, and the class of what carries the colour. */
const SHOWN = {
  complete: { sign: '✓', mark: 'complete', log: 'success', list: 'good', flow: 'Finished in 7 ms', row: 'Finished in 7 ms', said: 'Run ended: everything was written.' },
  partial: { sign: '!', mark: 'partial', log: 'warning', list: 'warn', flow: 'Finished in 7 ms: not everything was written', row: 'Finished in 7 ms: not everything was written', said: 'Run ended: not everything was written.' },
  nothing: { sign: '✕', mark: 'nothing', log: 'error', list: 'bad', flow: 'Finished in 7 ms: nothing was written', row: 'Finished in 7 ms: nothing was written', said: 'Run ended: nothing was written.' },
  fatal: { sign: '✕', mark: 'nothing', log: 'error', list: 'bad', flow: 'Ended with an error in 7 ms', row: 'Ended with an error in 7 ms', said: 'Run ended: error.' },
  stopped: { sign: '!', mark: 'partial', log: 'warning', list: 'bad', flow: 'Stopped in 7 ms', row: 'Stopped in 7 ms', said: 'Run ended: stopped.' },
} as const; // prettier-ignore
const NAMES = Object.keys(SHOWN) as (keyof typeof SHOWN)[];

const DESCRIPTORS = Object.fromEntries(
  ['RECEIVER_V1', 'SALESFORCE_WRITE_V1', 'SINKHOLE_V1'].map((type) => [
    type,
    { type, name: { RECEIVER_V1: 'Receiver', SALESFORCE_WRITE_V1: 'SalesForce Write' }[type] ?? 'Sinkhole', inputLabels: ['Items'], outputLabels: ['Items'], configSchema: { properties: {} }, uiSchema: {}, icon: 'cube', info: '' } as unknown as Descriptor,
  ]),
); // prettier-ignore
const NODES = [['in', 'RECEIVER_V1'], ['write', 'SALESFORCE_WRITE_V1'], ['end', 'SINKHOLE_V1']].map(([id, type]) =>
  makeNode({ id: id ?? '', type: type ?? '', collapse: true } as Parameters<typeof makeNode>[0], DESCRIPTORS[type ?? ''], 0),
); // prettier-ignore

beforeEach(() => useEditor.setState({ descriptors: DESCRIPTORS, nodes: NODES, run: NO_RUN }));
afterEach(cleanup);

const nameOf = (block: string) => nameOfBlock(useEditor.getState(), block);

function ended(end: End): RunState {
  return end.events.reduce((run, [kind, data]) => afterEvent(run, { kind, data, at: data.at }, nameOf), NO_RUN);
}

function failureOf({ past }: End): string {
  return String(past.error?.['message'] ?? '');
}

/** Whether this text stands in an element of this class. */
function isColoured(text: string | RegExp, style: string | undefined): boolean {
  return screen.getAllByText(text).some((one) => style !== undefined && one.closest(`.${style}`) !== null);
}

describe('every end has its line', () => {
  test('in the table, and no other', () => expect(Object.keys(ENDS)).toEqual(NAMES));
});

describe.each(NAMES)('a run that is %s', (name) => {
  const shown = SHOWN[name];
  const end = ENDS[name] as End;
  const { sentence, state } = end.verdict;

  test('is so in the lines of the log', () => {
    useEditor.setState({ run: ended(end) });
    render(<RunLog />);
    const lines = screen.getByRole('region', { name: 'Log lines' });
    const [ofBlock, ofFlow] = Array.from(lines.children)
      .map((line) => Array.from(line.children))
      .filter(([, , source]) => source?.textContent === 'SalesForce Write' || source?.textContent === 'Flow')
      .slice(-2);
    const { counts } = (end.past.blocks ?? [])[1]?.report as unknown as { counts: Record<string, number> };
    const told = failureOf(end) || `Done in 7 ms; ${counts['received']} received: ${counts['written']} written`;
    expect(ofBlock?.[3]?.textContent).toContain(told);
    expect(ofBlock?.[1]?.className).toBe(logStyles[shown.log]);
    expect(ofBlock?.[1]?.textContent).toBe(shown.log.toUpperCase());
    const short = state === 'complete' ? '' : `; SalesForce Write: ${sentence}`;
    expect(ofFlow?.[3]?.textContent).toBe(`${shown.flow}${short}`);
    expect(ofFlow?.[1]?.className).toBe(logStyles[name === 'stopped' ? 'error' : shown.log]);
  });

  test.each(['while it is watched', 'when it comes back from the history'])('is so on the block %s', (way) => {
    useEditor.setState({ run: way === 'while it is watched' ? ended(end) : pastRun(end.past, []) });
    const node = NODES[1] as BlockNodeType;
    render(
      <ReactFlowProvider>
        <BlockNode {...({ id: node.id, data: node.data, selected: false } as NodeProps<BlockNodeType>)} />
      </ReactFlowProvider>,
    );
    const mark = screen.getByRole('img', { name: `Result: ${name === 'fatal' ? 'ended with an error' : sentence}` });
    expect([mark.textContent, mark.className]).toEqual([shown.sign, `${nodeStyles.result} ${nodeStyles[shown.mark]}`]);
    const verdict = screen.getByText(sentence);
    expect([verdict.className, verdict.textContent]).toEqual([barStyles[state], `${shown.sign}${sentence}`]);
  });

  test('is so to a screen reader', () => {
    useEditor.setState({ run: ended(end) });
    render(<Announcer />);
    const short = state === 'complete' ? '' : ` SalesForce Write: ${sentence}.`;
    const rest = failureOf(end) || 'Records on the wires: ';
    expect(screen.getByRole('status').textContent).toBe(`${shown.said}${short} ${rest}`);
  });

  test('is so among the last runs', () => {
    const client = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } });
    client.setQueryData(['history', useEditor.getState().meta.name, 0], { runs: [end.past] });
    render(
      <QueryClientProvider client={client}>
        <RunsDialog />
      </QueryClientProvider>,
    );
    expect(screen.getByText(shown.row).className).toBe(listStyles[shown.list]);
    expect(isColoured(sentence, barStyles[state])).toBe(true);
    if (failureOf(end)) screen.getByText(failureOf(end));
  });
});

test('the classes have colours, of one meaning wherever they stand', () => {
  const colour = (file: string, name: string) =>
    new RegExp(`\\n\\.${name} {\\n  color: ([^;]+);`).exec(readFileSync(join(process.cwd(), 'src', file), 'utf8'))?.[1];
  for (const { mark, log, list } of [SHOWN.complete, SHOWN.partial, SHOWN.nothing]) {
    const tone = `var(--${list})`;
    expect(colour('log/RunLog.module.css', log)).toBe(tone);
    expect(colour('history/RunsDialog.module.css', list)).toBe(tone);
    expect(colour('report/ReportBar.module.css', mark)).toBe(tone);
    expect(colour('node/BlockNode.module.css', mark)).toMatch(/^#/);
  }
});
