import { type Json, type JsonObject, SidecarError } from '../../sidecar-client/src';
import { edited } from './connections';
import type { Message, Red, RedNode, Request, Response, Status } from './red';
import { runtimeOf } from './runtime';

const TYPE = 'salesforce-write';
const BLOCK = 'SALESFORCE_WRITE_V1';
const MOST_KEYS = 500;

interface Definition {
  id: string;
  z?: string;
  connection: string;
  config: JsonObject;
}

/** The keys of the items that last came to each node, for the form. */
const seenKeys = new Map<string, string[]>();

export function register(red: Red): void {
  const runtime = runtimeOf(red);

  function WriteNode(this: RedNode, definition: Definition) {
    red.nodes.createNode(this, definition);
    const leave = runtime.use();
    const stop = new AbortController();
    // One message after the other, so that the last one wins as it would have by itself.
    let last: Promise<void> = Promise.resolve();
    this.on('input', (msg, send, done) => {
      last = last
        .then(() => write(red, this, definition, msg, stop.signal))
        .then(
          (messages) => {
            send(messages);
            done();
          },
          (err: Error) => {
            this.status({ fill: 'red', shape: 'ring', text: shortened(err.message) });
            done(err);
          },
        );
    });
    this.on('close', (_removed, done) => {
      stop.abort();
      void last.then(leave).finally(done);
    });
  }

  red.nodes.registerType(TYPE, WriteNode, {
    settings: { salesforceWriteCommand: { value: '', exportable: false } },
  });
  addRoutes(red);
}

async function write(
  red: Red,
  node: RedNode,
  { connection, config, z }: Definition,
  msg: Message,
  signal: AbortSignal,
): Promise<Message[]> {
  const runtime = runtimeOf(red);
  const items = itemsOf(msg);
  seenKeys.set(node.id, keysOf(items));
  node.status({ fill: 'blue', shape: 'dot', text: `${items.length} items` });
  const options = {
    config: { ...config, connection: runtime.connections.nameOf(connection) },
    executionId: `${node.id}-${msg._msgid ?? 'no-id'}`,
    flowName: z ?? '',
    blockId: node.id,
    wiredOutputs: node.wires.flatMap((wires, output) => (wires.length > 0 ? [output] : [])),
    signal,
  };
  try {
    const { outputs, report } = await runtime.sidecar().execute(items, options, {
      onProgress: (one) => node.status(progressStatus(one)),
      onLog: ({ level, message }) => (level === 'info' ? node.log(message) : node.warn(message)),
    });
    node.status(verdictStatus(report));
    const second = red.util.cloneMessage({ ...msg, payload: undefined });
    return [
      { ...msg, payload: outputs[0] ?? [], report },
      { ...second, payload: outputs[1] ?? [], report },
    ];
  } catch (err) {
    if (err instanceof SidecarError && err.report) {
      // A Catch node is given the message, and so learns what was written all the same.
      msg['report'] = err.report;
      msg['written'] = (err as SidecarError & { outputs?: Json[][] }).outputs?.[0] ?? [];
    }
    throw err;
  }
}

function itemsOf(msg: Message): Json[] {
  const { payload } = msg;
  if (payload === undefined || payload === null) {
    throw new Error('msg.payload is empty: it must be an array of objects, or one object.');
  }
  return (Array.isArray(payload) ? payload : [payload]) as Json[];
}

function keysOf(items: Json[]): string[] {
  const keys = new Set<string>();
  for (const item of items) {
    if (typeof item === 'object' && item !== null && !Array.isArray(item)) {
      Object.keys(item).forEach((key) => keys.add(key));
    }
    if (keys.size >= MOST_KEYS) {
      break;
    }
  }
  return [...keys];
}

function progressStatus(one: { phase: string; done: number; total: number; failures: number }): Status {
  const failed = one.failures > 0 ? `, ${one.failures} failed` : '';
  return { fill: 'blue', shape: 'dot', text: `${one.phase} ${one.done} of ${one.total}${failed}` };
}

function verdictStatus(report: JsonObject | null): Status {
  const verdict = (report?.['verdict'] ?? {}) as { state?: string; sentence?: string };
  const fill = verdict.state === 'complete' ? 'green' : verdict.state === 'partial' ? 'yellow' : 'red';
  return { fill, shape: verdict.state === 'nothing' ? 'ring' : 'dot', text: shortened(verdict.sentence ?? '') };
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** What the edit dialog asks for: it is drawn from the block's own description. */
function addRoutes(red: Red): void {
  const runtime = runtimeOf(red);
  const isAllowed = red.auth.needsPermission(`${TYPE}.read`);

  red.httpAdmin.get(`/${TYPE}/block`, isAllowed, (_request, response) => {
    answer(response, async () => {
      const { blocks } = await runtime.sidecar().request('describe', {});
      return { block: blocks.find((one) => one.type === BLOCK) };
    });
  });
  red.httpAdmin.post(`/${TYPE}/choices`, isAllowed, (request, response) => {
    answer(response, () =>
      asked(red, request, (config) =>
        runtime.sidecar().request('choices', {
          blockType: BLOCK,
          field: String(request.body['field']),
          config,
          edgeKeys: seenKeys.get(String(request.body['node'])) ?? [],
        }),
      ),
    );
  });
  red.httpAdmin.post(`/${TYPE}/check`, isAllowed, (request, response) => {
    answer(response, () =>
      asked(red, request, (config) => runtime.sidecar().request('check', { blockType: BLOCK, config })),
    );
  });
}

/** The configuration with its connection as it stands in the editor, deployed or not. */
function asked<T>(red: Red, request: Request, ask: (config: JsonObject) => Promise<T>): Promise<T> {
  const config = (request.body['config'] ?? {}) as JsonObject;
  const sent = request.body['connection'] as Record<string, unknown> | null | undefined;
  if (!sent) {
    return ask(config);
  }
  const stored = edited(sent, red.nodes.getCredentials(String(sent['id'])));
  return runtimeOf(red).connections.withDraft(stored, (connection) => ask({ ...config, connection }));
}

function answer(response: Response, work: () => Promise<unknown>): void {
  work().then(
    (found) => response.json(found),
    (err: Error) => response.json({ error: err.message }),
  );
}
