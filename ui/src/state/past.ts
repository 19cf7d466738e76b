import type { JsonObject, PastRun, Report, RunKind } from '../api/types';
import { NO_RUN, type BlockRun, type LogLine, type RunState, type RunStatus } from './run';

/** A run of the past as the page shows the one that it has just seen. */

const ENDED: RunStatus[] = ['ok', 'error', 'stopped', 'timeout'];

/** The reports of a run that count items, by the block's id. */
export function reportsOf(run: PastRun): [string, Report][] {
  return (run.blocks ?? []).flatMap((block): [string, Report][] => {
    const report = asReport(block.report);
    return report?.counts ? [[block.id, report]] : [];
  });
}

/** What was started; a run of before that was noted is a preview by what its blocks say. */
export function kindOf(run: PastRun): RunKind {
  const isPreview = run.kind === 'run' && reportsOf(run).some(([, report]) => report.dryRun);
  return isPreview ? 'preview' : run.kind;
}

export function pastRun(run: PastRun, log: LogLine[]): RunState {
  const status = ENDED.find((one) => one === run.status) ?? 'lost';
  const error = textOf(run.error, 'message');
  const failing = textOf(run.error, 'block');
  const blocks = (run.blocks ?? [])
    .filter((block) => block.status !== 'notRun')
    .map((block): [string, BlockRun] => [
      block.id,
      {
        status: block.status === 'ok' ? 'ok' : 'error',
        ms: block.ms,
        progress: null,
        report: asReport(block.report),
        error: block.id === failing ? error : null,
        newsAt: run.started_at,
      },
    ]);
  return {
    ...NO_RUN,
    id: run.id,
    kind: kindOf(run),
    status,
    ms: run.ms,
    error,
    blocks: Object.fromEntries(blocks),
    counts: run.edges ?? {},
    log,
  };
}

function asReport(report: PastRun['response']): Report | null {
  return report !== null && typeof report === 'object' && !Array.isArray(report) ? (report as Report) : null;
}

function textOf(error: JsonObject | null, name: string): string | null {
  const found = error?.[name];
  return typeof found === 'string' ? found : null;
}
