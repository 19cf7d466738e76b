import type { EdgeData, ExecuteProps, Json } from 'ziggy-sdk';

const LOOKS_EVERY_MS = 100;

/** Runs the block: its items go to the sidecar, what comes back goes onto both outputs. */
export async function execute(props: ExecuteProps): Promise<void> {
  const block = props.blockToExecute;
  const edges = await props.safeWaitForAllInputEdgeData(block);
  if (edges === null) {
    return; // terminated while it waited
  }
  const began = performance.now();
  const input = primary(edges);
  const stop = new AbortController();
  const looking = setInterval(() => isStopped(props) && stop.abort(), LOOKS_EVERY_MS);
  try {
    // Here, and not above: this file is read in the browser too, which has no processes.
    const { sidecar } = await import('./sidecar');
    const { outputs, report } = await sidecar().execute(input.payload, {
      config: block.data.config,
      executionId: props.executionUuid,
      mode: props.environmentMode,
      flowName: props.flow.name,
      blockId: block.id,
      wiredOutputs: wiredOutputs(props),
      signal: stop.signal,
    });
    await tellVerdict(props, report);
    if (stop.signal.aborted) {
      return;
    }
    const written = await props.outgoingEdgeAssignment(block, 0, input, outputs[0] ?? []);
    const others = await props.outgoingEdgeAssignment(block, 1, input, outputs[1] ?? []);
    await props.logTime(props, block, Object.values(edges), [...written, ...others], performance.now() - began);
  } catch (err) {
    await props.formulateFatalError(block, err instanceof Error ? err.message : String(err));
  } finally {
    clearInterval(looking);
  }
}

/** The edge that blocks read; none where nothing is wired. */
function primary(edges: Record<string, EdgeData>): EdgeData {
  return edges['i0'] ?? Object.values(edges)[0] ?? { payload: [] };
}

function isStopped({ isKilled, terminate }: ExecuteProps): boolean {
  return terminate === true || (typeof isKilled === 'function' ? isKilled() : isKilled);
}

function wiredOutputs({ blockToExecute, flow }: ExecuteProps): number[] {
  const handles = flow.edges.filter((edge) => edge.source === blockToExecute.id).map((edge) => edge.sourceHandle);
  return [...new Set(handles.map((handle) => Number(handle.replace('o', ''))))].sort();
}

async function tellVerdict(props: ExecuteProps, report: Record<string, Json> | null): Promise<void> {
  const { state, sentence } = (report?.['verdict'] ?? {}) as { state?: string; sentence?: string };
  if (sentence !== undefined) {
    await props.logMessage(props.blockToExecute, sentence, state === 'complete' ? 'info' : 'warn');
  }
}
