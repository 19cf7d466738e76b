import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { FlowDocument } from '../api/types';
import { useEditor } from './editor';
import { startRun } from './running';
import { newFlow, openProject } from './session';

/** The network: what was asked, and what a studio at its other end answers. */
let asked: string[] = [];
let answer: (call: string) => Promise<Response> | Response = () => offline();

const FLOW: FlowDocument = { name: 'First', blocks: [{ id: 'in', type: 'RECEIVER_V1' }], edges: [] };
const json = (value: unknown, status = 200) => new Response(JSON.stringify(value), { status });
const refused = (message: string) => json({ error: { code: 'badRequest', message, hint: 'Do another.' } }, 400);
const timesAsked = (call: string) => asked.filter((one) => one === call).length;

function offline(): Promise<Response> {
  return Promise.reject(new TypeError('no network'));
}

beforeEach(() => {
  asked = [];
  vi.stubGlobal('fetch', async (path: string, { method }: { method: string }) => {
    asked.push(`${method} ${path}`);
    return answer(`${method} ${path}`);
  });
  useEditor.getState().load('first', 'v1', FLOW);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

test('a run that is asked for twice starts once, and may be asked for again when it did not start', async () => {
  answer = (call) => (call === 'POST /api/runs' ? refused('Not ready.') : json({ name: 'first', version: 'v2' }));
  useEditor.getState().rename('Changed');
  const both = [startRun(), startRun()];
  expect(useEditor.getState().run.status).toBe('starting');
  await Promise.all(both);
  expect(timesAsked('POST /api/runs')).toBe(1);
  expect(useEditor.getState().run.status).toBe('idle');
  expect(useEditor.getState().notice?.text).toBe('The flow did not start. Not ready. Do another.');
});

test('a flow that could not be saved is not left', async () => {
  answer = () => refused('The disk is full.');
  useEditor.getState().rename('Cannot be saved');
  await expect(newFlow()).rejects.toThrow(
    'The open flow is not saved. The disk is full. Try again, or save it under another name first.',
  );
  expect(useEditor.getState().meta.name).toBe('Cannot be saved');
});

test('nothing is lost with an empty new flow', async () => {
  answer = () => offline();
  useEditor.getState().load(null, null, { name: 'Empty', blocks: [], edges: [] });
  useEditor.getState().setSave({ kind: 'failed', message: 'The studio does not answer.' });
  await newFlow();
  expect(useEditor.getState().save.kind).toBe('saved');
});

test('a flow that cannot be opened leaves its place to the next one', async () => {
  const about = { project: 'p', sandbox: false, mode: 'DEV', flows: ['broken', 'whole'], blocks: [] };
  answer = (call) => {
    if (call === 'GET /api/about') return json(about);
    if (call === 'GET /api/flows/broken') return refused('broken.yaml line 3: this is not YAML.');
    return json({ name: 'whole', version: 'v1', document: FLOW, flow: [], blocks: {} });
  };
  useEditor.getState().load(null, null, { name: 'Empty', blocks: [], edges: [] });
  history.replaceState(null, '', '#broken');
  await openProject();
  expect(useEditor.getState().file).toBe('whole');
  expect(useEditor.getState().notice?.text).toBe(
    'The flow “broken” cannot be opened. broken.yaml line 3: this is not YAML.',
  );
});

test('what is typed while the flow is saved is saved before another takes its place', async () => {
  answer = () => {
    // The first save is under way when the name is typed on.
    if (asked.length === 1) useEditor.getState().rename('Typed on');
    return json({ name: 'first', version: `v${String(asked.length + 1)}` });
  };
  useEditor.getState().rename('Typed');
  await newFlow();
  expect(timesAsked('PUT /api/flows/first')).toBe(2);
  expect(useEditor.getState().file).toBeNull();
});

test('an empty new flow is left although it once had something to save', async () => {
  useEditor.getState().load(null, null, { name: 'Empty', blocks: [], edges: [] });
  useEditor.getState().setSave({ kind: 'dirty' });
  await newFlow();
  expect(asked).toEqual([]);
});
