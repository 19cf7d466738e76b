import { type ChildProcess, spawn } from 'node:child_process';
import { SidecarError, SidecarGone } from './errors';
import { Lines } from './lines';
import { Run } from './run';
import { type HostServices, served } from './services';
import type { Failure, HostEvents, HostRequests, Json, SidecarEvents } from './wire';

type Method = keyof HostRequests;
interface Open {
  resolve(result: unknown): void;
  reject(reason: Error): void;
  run?: Run;
}
interface Message {
  id?: number;
  method?: string;
  event?: keyof SidecarEvents;
  params?: never;
  result?: Json;
  error?: Failure;
}

export interface ProcessOptions {
  command: string[];
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  services?: HostServices;
  onLog(line: { level: string; message: string }): void;
  onEnd(): void;
}

/** One process of the sidecar, from its start to its end; when it has ended, every open request is refused. */
export class SidecarProcess {
  private readonly child: ChildProcess;
  private readonly open = new Map<number, Open>();
  private readonly lines = new Lines();
  private lastId = 0;
  private gone: SidecarGone | undefined;
  readonly ended: Promise<void>;

  constructor(private readonly options: ProcessOptions) {
    const [program = '', ...args] = options.command;
    const env = options.env ?? process.env;
    this.child = spawn(program, args, { cwd: options.cwd, env, stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true });
    this.child.stdout?.on('data', (piece: Buffer) => this.lines.take(piece).forEach((line) => this.take(line)));
    const printed = new Lines();
    this.child.stderr?.on('data', (piece: Buffer) => {
      printed.take(piece).forEach((line) => options.onLog({ level: 'stderr', message: line }));
    });
    // A write after its end is told by `close`, which says why.
    this.child.stdin?.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      this.child.on('error', (err) => this.end(`${program} cannot be started: ${err.message}`, resolve));
      this.child.on('close', (code, signal) => this.end(signal ?? `exit code ${code}`, resolve));
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  request<M extends Method>(method: M, params: HostRequests[M]['params']): Promise<HostRequests[M]['result']> {
    return this.begin(method, params).answer;
  }

  /** A request whose events go to a run. */
  begin<M extends Method>(method: M, params: HostRequests[M]['params'], makeRun?: (id: number) => Run) {
    const id = ++this.lastId;
    const run = makeRun?.(id);
    const answer = new Promise<HostRequests[M]['result']>((resolve, reject) => {
      if (this.gone) {
        reject(this.gone);
        return;
      }
      this.open.set(id, { resolve: resolve as (result: unknown) => void, reject, run });
      this.send({ id, method, params });
    });
    return { id, run, answer };
  }

  tell<E extends keyof HostEvents>(event: E, params: HostEvents[E]['params']): void {
    this.send({ event, params });
  }

  /** Closes its stdin: runs under way are stopped and the process ends by itself. */
  close(): Promise<void> {
    this.child.stdin?.end();
    return this.ended;
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  private send(message: unknown): void {
    if (!this.gone && this.child.stdin?.writable) {
      this.child.stdin.write(`${JSON.stringify(message)}\n`);
    }
  }

  private take(line: string): void {
    let message: Message;
    try {
      message = JSON.parse(line) as Message;
    } catch {
      this.options.onLog({ level: 'error', message: 'The sidecar has sent a line that is no JSON.' });
      return;
    }
    if (message.event !== undefined) {
      this.takeEvent(message.event, message.params as never);
    } else if (message.method !== undefined && message.id !== undefined) {
      void this.serve(message.id, message.method, message.params as never);
    } else if (message.id !== undefined) {
      this.settle(message.id, message);
    }
  }

  private settle(id: number, message: Message): void {
    const open = this.open.get(id);
    this.open.delete(id);
    open?.run?.end();
    if (message.error) {
      open?.reject(new SidecarError(message.error));
    } else {
      open?.resolve(message.result);
    }
  }

  private takeEvent(event: keyof SidecarEvents, params: SidecarEvents['log']['params'] & Failure): void {
    const run = params.run === undefined ? undefined : this.open.get(params.run)?.run;
    if (run) {
      run.take(event, params as never);
    } else if (event === 'log' || event === 'error') {
      this.options.onLog({ level: params.level ?? 'error', message: params.message });
    }
  }

  private async serve(id: number, method: string, params: never): Promise<void> {
    const serve = this.options.services && served(this.options.services)[method as never];
    try {
      if (!serve) {
        throw new Error(`This host does not serve ${method}.`);
      }
      this.send({ id, result: await (serve as (params: never) => unknown)(params) });
    } catch (err) {
      this.send({ id, error: { code: 'host_error', message: err instanceof Error ? err.message : String(err) } });
    }
  }

  private end(why: string, resolve: () => void): void {
    if (this.gone) {
      return;
    }
    this.gone = new SidecarGone(why);
    for (const { reject, run } of this.open.values()) {
      run?.end();
      reject(this.gone);
    }
    this.open.clear();
    this.options.onEnd();
    resolve();
  }
}
