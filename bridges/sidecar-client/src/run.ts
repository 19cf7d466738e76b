import { SidecarError } from './errors';
import type { Failure, HostEvents, HostRequests, Json, JsonObject, Mode, SidecarEvents } from './wire';

/** Chunks of outputs that may be under way. */
export const CREDITS = 8;
const ITEMS_A_CHUNK = 500;

export interface RunOptions {
  blockType?: string;
  config: JsonObject;
  executionId: string;
  mode?: Mode;
  flowName?: string;
  blockId?: string;
  wiredOutputs?: number[] | null;
  cursor?: Json;
  /** How many items will come, where `items` cannot tell. */
  expected?: number;
  /** Stops the run: it still accounts for every item. */
  signal?: AbortSignal;
}

/** What a run tells before it ends. Without `onItems` the result holds all items. */
export interface RunEvents {
  onProgress?(progress: SidecarEvents['progress']['params']): void;
  onLog?(line: SidecarEvents['log']['params']): void;
  /** Takes a chunk of an output; the next one comes when the promise is settled. */
  onItems?(to: number | 'notWritten', items: Json[]): void | Promise<void>;
}

export interface RunResult {
  outputs: Json[][];
  report: JsonObject | null;
  cursor: Json;
}

export type Items = Iterable<Json> | AsyncIterable<Json>;
type Tell = <Event extends keyof HostEvents>(event: Event, params: HostEvents[Event]['params']) => void;
type Answer = HostRequests['execute']['result'];

/** One run, from its request to its answer. Items go out as credits come; what comes in is passed on in order. */
export class Run {
  private readonly outputs: Json[][] = [];
  private readonly notWritten: Json[] = [];
  private credits = 0;
  private hasEnded = false;
  private wake: () => void = () => undefined;
  private taken: Promise<void> = Promise.resolve();

  constructor(
    private readonly id: number,
    private readonly tell: Tell,
    private readonly events: RunEvents,
  ) {}

  /** Sends the items, then the end; returns early where the run ends before. */
  async feed(items: Items): Promise<void> {
    for await (const chunk of chunks(items)) {
      await this.put(chunk);
      if (this.hasEnded) {
        return;
      }
    }
    this.tell('end', { run: this.id });
  }

  take<Event extends keyof SidecarEvents>(event: Event, params: SidecarEvents[Event]['params']): void {
    if (event === 'credit') {
      this.credits += (params as SidecarEvents['credit']['params']).chunks;
      this.wake();
    } else if (event === 'items') {
      const { to, items } = params as SidecarEvents['items']['params'];
      this.taken = this.taken.then(() => this.takeItems(to as number | 'notWritten', items));
      this.taken.catch(() => undefined); // told by `settle`
    } else if (event === 'progress') {
      this.events.onProgress?.(params as SidecarEvents['progress']['params']);
    } else {
      this.events.onLog?.(params as SidecarEvents['log']['params']);
    }
  }

  /** The run is over, whether it was answered or the process has gone. */
  end(): void {
    this.hasEnded = true;
    this.wake();
  }

  /** The result, when everything that was told before the answer has been passed on. */
  async settle(answer: Promise<Answer>): Promise<RunResult> {
    try {
      const { report, cursor } = await answer;
      await this.taken;
      return { outputs: this.outputs, report: this.whole(report), cursor };
    } catch (err) {
      if (!(err instanceof SidecarError) || err.report === undefined) {
        throw err;
      }
      await this.taken;
      const failure: Failure = { code: err.code, message: err.message, report: this.whole(err.report) ?? {} };
      throw Object.assign(new SidecarError(failure), { outputs: this.outputs });
    }
  }

  private whole(report: JsonObject | null): JsonObject | null {
    return report === null || this.events.onItems ? report : { ...report, notWritten: this.notWritten };
  }

  private async put(items: Json[]): Promise<void> {
    while (this.credits === 0 && !this.hasEnded) {
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    if (!this.hasEnded) {
      this.credits -= 1;
      this.tell('items', { run: this.id, items });
    }
  }

  private async takeItems(to: number | 'notWritten', items: Json[]): Promise<void> {
    if (this.events.onItems) {
      await this.events.onItems(to, items);
    } else {
      const held = to === 'notWritten' ? this.notWritten : (this.outputs[to] ??= []);
      for (const item of items) {
        held.push(item);
      }
    }
    if (!this.hasEnded) {
      this.tell('credit', { run: this.id, chunks: 1 });
    }
  }
}

async function* chunks(items: Items): AsyncGenerator<Json[]> {
  let chunk: Json[] = [];
  if (Symbol.iterator in items) {
    for (const item of items) {
      if (chunk.push(item) === ITEMS_A_CHUNK) {
        yield chunk;
        chunk = [];
      }
    }
  } else {
    for await (const item of items) {
      if (chunk.push(item) === ITEMS_A_CHUNK) {
        yield chunk;
        chunk = [];
      }
    }
  }
  if (chunk.length > 0) {
    yield chunk;
  }
}
