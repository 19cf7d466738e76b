import { Sidecar } from '../../sidecar-client/src';

let current: Sidecar | undefined;

/** The sidecar of the plugin's project folder: one for all blocks and runs of this server. */
export function sidecar(): Sidecar {
  current ??= new Sidecar({ command: command(), host: 'ziggy' });
  return current;
}

export async function closeSidecar(): Promise<void> {
  const last = current;
  current = undefined;
  await last?.close();
}

function command(): string[] {
  const project = process.env['SALESFORCE_WRITE_PROJECT'];
  if (!project) {
    throw new Error('Set SALESFORCE_WRITE_PROJECT to the project folder that holds connections and Data Store.');
  }
  const program = process.env['SALESFORCE_WRITE_COMMAND'] ?? 'ziggy-sf-write sidecar';
  const words = program.startsWith('[') ? (JSON.parse(program) as string[]) : program.split(' ');
  return [...words, '--project', project];
}
