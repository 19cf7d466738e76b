import type { Json, Report, RunKind } from '../api/types';
import { countsOf, type Verdict, verdictOf, wordsOf } from './verdict';

/** What the page knows of the run that it shows, told by the run's events. */

export type RunStatus = 'idle' | 'starting' | 'running' | 'ok' | 'error' | 'stopped' | 'timeout' | 'lost';

export interface BlockProgress {
  phase: string;
  done: number;
  total: number;
  failures: number;
}

export interface BlockRun {
  status: 'running' | 'ok' | 'error';
  ms: number | null;
  progress: BlockProgress | null;
  report: Report | null;
  error: string | null;
  /** When it last said something. */
  newsAt: string;
}

export interface LogLine {
  id: number;
  at: string;
  level: 'info' | 'success' | 'warning' | 'error';
  source: string;
  message: string;
  /** The run that it tells of; none for what was said beside runs. */
  run: string | null;
  /** The setting that it is about. */
  to?: FieldPlace;
}

/** A setting of a block; without a path the block itself. */
export interface FieldPlace {
  block: string;
  path: string;
}

/** What was started: a preview writes nothing, a replay sends failed items again, a partial run ends before a block. */
export type { RunKind } from '../api/types';

export interface RunState {
  id: string | null;
  kind: RunKind;
  status: RunStatus;
  isReconnecting: boolean;
  isStopping: boolean;
  ms: number | null;
  error: string | null;
  blocks: Record<string, BlockRun>;
  counts: Record<string, number>;
  log: LogLine[];
}

export const NO_RUN: RunState = {
  id: null,
  kind: 'run',
  status: 'idle',
  isReconnecting: false,
  isStopping: false,
  ms: null,
  error: null,
  blocks: {},
  counts: {},
  log: [],
};

/** Whether another run has to wait. */
export function isUnderWay(run: RunState): boolean {
  return run.status === 'starting' || run.status === 'running';
}

const MOST_LOG_LINES = 2000;
const NEW_BLOCK: BlockRun = { status: 'running', ms: null, progress: null, report: null, error: null, newsAt: '' };

export interface RunEvent {
  kind: string;
  data: Record<string, Json>;
  at: string;
}

const STARTED: Record<RunKind, string> = {
  run: 'Started',
  preview: 'Preview of',
  replay: 'Sending failed items again through',
  partial: 'Started a part of',
};

// The block's line at its end says the same in numbers.
const SAID_TWICE = /^block \S+: \d+ of \d+ /;

/** The state after an event; an event of an unknown kind changes nothing. `nameOf` is what people call a block. */
export function afterEvent(run: RunState, event: RunEvent, nameOf = (block: string) => block): RunState {
  const { data } = event;
  const id = String(data['block'] ?? '');
  const block = run.blocks[id] ?? NEW_BLOCK;
  const withBlock = (next: Partial<BlockRun>): RunState => ({
    ...run,
    blocks: { ...run.blocks, [id]: { ...block, ...next, newsAt: event.at } },
  });
  switch (event.kind) {
    case 'runStarted':
      return addLine(
        run,
        event,
        'info',
        'Flow',
        `${STARTED[run.kind]} “${String(data['flow'])}” in ${MODES[String(data['mode'])] ?? ''} mode`,
      );
    case 'blockStarted':
      return withBlock(NEW_BLOCK);
    case 'blockProgress':
      return withBlock({ progress: data as unknown as BlockProgress });
    case 'blockFinished': {
      const status = data['status'] === 'ok' ? 'ok' : 'error';
      const error = data['error'] === null ? null : String(data['error']);
      const report = (data['report'] ?? null) as Report | null;
      const next = withBlock({ status, error, ms: Number(data['ms']), progress: null, report });
      if (error !== null) return addLine(next, event, 'error', nameOf(id), error);
      const { state } = verdictOf(report ? [[id, report]] : []);
      const counts = report ? countsOf(report) : '';
      const line = `Done in ${String(data['ms'])} ms${counts && `; ${counts}`}`;
      return addLine(next, event, LEVEL_OF_VERDICT[state], nameOf(id), line);
    }
    case 'edgeFilled':
      return { ...run, counts: { ...run.counts, [String(data['edge'])]: Number(data['count']) } };
    case 'logLine':
      if (SAID_TWICE.test(String(data['message']))) return run;
      return addLine(run, event, levelOf(String(data['level'])), nameOf(id), String(data['message']));
    case 'runFinished': {
      const status = data['status'] as RunStatus;
      const error = messageOf(data['error']);
      const words = FINISHED[status] ?? status;
      const verdict = verdictOfRun(run, nameOf);
      const short = verdict.sentences.map((sentence) => `; ${sentence}`).join('');
      const isShort = status === 'ok' && (verdict.state !== 'complete' || run.kind === 'preview');
      const judged = isShort ? `: ${wordsOf(verdict.state, run.kind === 'preview')}` : '';
      return addLine(
        { ...run, status, error, ms: Number(data['ms']), isReconnecting: false, isStopping: false },
        event,
        status === 'ok' ? LEVEL_OF_VERDICT[verdict.state] : 'error',
        'Flow',
        `${words} in ${String(data['ms'])} ms${judged}${short}`,
      );
    }
    default:
      return run;
  }
}

const MODES: Record<string, string> = { DEV: 'development', PROD: 'production' };

const LEVEL_OF_VERDICT: Record<Verdict['state'], LogLine['level']> = {
  complete: 'success',
  partial: 'warning',
  nothing: 'error',
};

/** What the blocks of a run have written of what came to them. */
export function verdictOfRun(run: RunState, nameOf = (block: string) => block): Verdict {
  return verdictOf(Object.entries(run.blocks).flatMap(([id, { report }]) => (report ? [[nameOf(id), report]] : [])));
}

const FINISHED: Partial<Record<RunStatus, string>> = {
  ok: 'Finished',
  error: 'Ended with an error',
  stopped: 'Stopped',
  timeout: 'Stopped by its time-out',
};

function messageOf(error: Json | undefined): string | null {
  if (error && typeof error === 'object' && !Array.isArray(error)) return String(error['message']);
  return null;
}

function levelOf(level: string): LogLine['level'] {
  if (level === 'warning' || level === 'error') return level;
  return level === 'critical' ? 'error' : 'info';
}

export function addLine(
  run: RunState,
  event: { at: string },
  level: LogLine['level'],
  source: string,
  message: string,
  to?: FieldPlace,
): RunState {
  const id = (run.log.at(-1)?.id ?? 0) + 1;
  const line = { id, at: event.at, level, source, message, run: run.id, ...(to ? { to } : {}) };
  return { ...run, log: [...run.log.slice(-MOST_LOG_LINES), line] };
}
