import { homedir } from 'node:os';
import { join } from 'node:path';
import { FolderStore, Sidecar } from '../../sidecar-client/src';
import { Connections } from './connections';
import type { Red } from './red';

const COMMAND = ['python3', '-m', 'ziggy_sf_write.sidecar'];

/** One sidecar for all nodes of a Node-RED, started with the first request and ended with the last node. */
export interface Runtime {
  connections: Connections;
  sidecar(): Sidecar;
  /** A node uses the sidecar from now on; call what is returned when it no longer does. */
  use(): () => Promise<void>;
}

// Each node's file is given a RED of its own; what they share is the folder of the user.
const runtimes = new Map<string, Runtime>();

export function runtimeOf(red: Red): Runtime {
  const folder = userDir(red);
  const runtime = runtimes.get(folder) ?? makeRuntime(red);
  runtimes.set(folder, runtime);
  return runtime;
}

function userDir(red: Red): string {
  return red.settings.userDir ?? join(homedir(), '.node-red');
}

function makeRuntime(red: Red): Runtime {
  const connections = new Connections();
  const store = new FolderStore(join(userDir(red), 'ziggy-sf-write-store'));
  let current: Sidecar | undefined;
  let users = 0;
  const sidecar = () => {
    current ??= new Sidecar({
      command: command(red),
      host: `node-red ${red.settings.version ?? ''}`.trim(),
      services: {
        connectionNames: () => connections.names(),
        connection: (name) => connections.find(name),
        store,
      },
      onLog: ({ level, message }) => (level === 'warning' ? red.log.warn(message) : red.log.info(message)),
    });
    return current;
  };
  const use = () => {
    users += 1;
    return async () => {
      users -= 1;
      if (users === 0) {
        const last = current;
        current = undefined;
        await last?.close();
      }
    };
  };
  return { connections, sidecar, use };
}

function command(red: Red): string[] {
  const set = red.settings.salesforceWriteCommand || process.env['SALESFORCE_WRITE_COMMAND'];
  if (Array.isArray(set)) {
    return set;
  }
  return set ? set.split(' ') : COMMAND;
}
