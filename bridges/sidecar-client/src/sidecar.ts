import { SidecarProcess } from './process';
import { CREDITS, type Items, Run, type RunEvents, type RunOptions, type RunResult } from './run';
import type { HostServices } from './services';
import type { HostRequests } from './wire';

export const VERSION = 1;
const WRITE = 'SALESFORCE_WRITE_V1';

export interface SidecarOptions {
  /** The program and its arguments: never a secret among them. */
  command: string[];
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** The host's name and version. */
  host?: string;
  /** Needed by `python -m ziggy_sf_write.sidecar`; a sidecar of a project has its own. */
  services?: HostServices;
  onLog?(line: { level: string; message: string }): void;
}

type Hello = HostRequests['hello']['result'];
interface Started {
  process: SidecarProcess;
  hello: Promise<Hello>;
}

/** The sidecar: started with the first request, started again with the next one after it has ended. */
export class Sidecar {
  private current: Started | undefined;
  private isClosed = false;

  constructor(private readonly options: SidecarOptions) {}

  /** The process id, while it runs. */
  get pid(): number | undefined {
    return this.current?.process.pid;
  }

  async hello(): Promise<Hello> {
    return (await this.connect()).hello;
  }

  async request<M extends keyof HostRequests>(
    method: M,
    params: HostRequests[M]['params'],
  ): Promise<HostRequests[M]['result']> {
    const { process } = await this.connect();
    return process.request(method, params);
  }

  /** Runs a block over these items; in input order. */
  async execute(items: Items, options: RunOptions, events: RunEvents = {}): Promise<RunResult> {
    const { process } = await this.connect();
    const { signal, blockType = WRITE, ...rest } = options;
    const expected = rest.expected ?? (Array.isArray(items) ? items.length : undefined);
    const params = { ...rest, blockType, credits: CREDITS, ...(expected === undefined ? {} : { expected }) };
    const begun = process.begin('execute', params, (id) => new Run(id, process.tell.bind(process), events));
    const run = begun.run as Run;
    const cancel = () => process.tell('cancel', { run: begun.id });
    let unread: { reason: unknown } | undefined;
    void run.feed(items).catch((reason: unknown) => {
      unread = { reason };
      cancel();
      process.tell('end', { run: begun.id });
    });
    // Until the run is answered: most of its time comes after its last item has gone.
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted) {
      cancel();
    }
    try {
      const result = await run.settle(begun.answer);
      if (unread) {
        throw unread.reason;
      }
      return result;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Ends the process: runs under way are stopped and accounted for. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.current?.process.close();
  }

  private async connect(): Promise<Started> {
    if (this.isClosed) {
      throw new Error('This sidecar was closed.');
    }
    const current = (this.current ??= this.start());
    try {
      await current.hello;
    } catch (err) {
      this.forget(current);
      void current.process.close();
      throw err;
    }
    return current;
  }

  private start(): Started {
    const process = new SidecarProcess({
      ...this.options,
      onLog: (line) => this.options.onLog?.(line),
      onEnd: () => this.forget(started),
    });
    const hello = process.request('hello', { version: VERSION, host: this.options.host ?? 'sidecar-client' });
    const started = { process, hello };
    return started;
  }

  /** The next request starts another process. */
  private forget(started: Started): void {
    if (this.current === started) {
      this.current = undefined;
    }
  }
}
