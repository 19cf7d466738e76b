import { CREDENTIALS, edited, toConnection } from './connections';
import type { Red, RedNode } from './red';
import { runtimeOf } from './runtime';

const TYPE = 'salesforce-connection';

/** The config node: a connection whose secrets are among Node-RED's credentials. */
export function register(red: Red): void {
  const { connections, sidecar } = runtimeOf(red);

  function ConnectionNode(this: RedNode, definition: Record<string, unknown> & { id: string }) {
    red.nodes.createNode(this, definition);
    connections.add({
      id: this.id,
      name: this.name,
      kind: String(definition['kind']),
      values: definition,
      credentials: this.credentials ?? {},
    });
    this.on('close', (_removed, done) => {
      connections.remove(this.id);
      done();
    });
  }

  red.nodes.registerType(TYPE, ConnectionNode, { credentials: CREDENTIALS });

  red.httpAdmin.post(`/${TYPE}/test`, red.auth.needsPermission(`${TYPE}.write`), (request, response) => {
    const stored = edited(request.body, red.nodes.getCredentials(String(request.body['id'])));
    const { type, config } = toConnection(stored);
    sidecar()
      .request('testConnection', { connectionType: type, config: config as never })
      .then(
        (report) => response.json(report),
        (err: Error) => response.json({ ok: false, message: err.message, facts: {}, warnings: [] }),
      );
  });
}
