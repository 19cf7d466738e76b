import type { Connection, Json } from '../../sidecar-client/src';

/** What Node-RED keeps openly of a connection, and what it keeps among its credentials. */
export const OPEN = ['domain', 'instanceUrl', 'apiVersion', 'caBundle', 'trustedHosts'] as const;
export const CREDENTIALS = {
  username: { type: 'text' },
  password: { type: 'password' },
  token: { type: 'password' },
  consumerKey: { type: 'text' },
  consumerSecret: { type: 'password' },
  privateKey: { type: 'password' },
  accessToken: { type: 'password' },
  proxy: { type: 'password' },
} as const;

/** The values of each kind of login, beside those that all have. */
export const KINDS: Record<string, readonly string[]> = {
  clientCredentials: ['consumerKey', 'consumerSecret', 'domain'],
  jwt: ['username', 'consumerKey', 'privateKey', 'domain'],
  password: ['username', 'password', 'token', 'domain'],
  accessToken: ['accessToken', 'instanceUrl'],
};
const COMMON = ['apiVersion', 'caBundle', 'trustedHosts', 'proxy'];
// What the editor sends in place of a password that it was never shown.
const UNCHANGED = '__PWRD__';

export interface StoredConnection {
  id: string;
  name: string;
  kind: string;
  values: Record<string, unknown>;
  credentials: Record<string, string>;
}

/** The connection's configuration: only what its kind of login has, and nothing that is empty. */
export function toConnection(stored: StoredConnection): Connection {
  const known: readonly string[] = [...(KINDS[stored.kind] ?? []), ...COMMON];
  const config: Record<string, Json> = {};
  for (const name of known) {
    const value = name in CREDENTIALS ? stored.credentials[name] : stored.values[name];
    // An org that trusts this network wants no token, but it wants to be told so.
    if (typeof value === 'string' && (value !== '' || name === 'token')) {
      config[name] = value;
    }
  }
  if (stored.kind === 'password') {
    config['token'] ??= '';
  }
  return { type: 'salesforce', config };
}

/** What stands in the editor, completed by the credentials that only the runtime knows. */
export function edited(sent: Record<string, unknown>, known: Record<string, string> | undefined): StoredConnection {
  const typed = (sent['credentials'] ?? {}) as Record<string, unknown>;
  const credentials: Record<string, string> = {};
  for (const name of Object.keys(CREDENTIALS)) {
    const value = typed[name];
    const kept = known?.[name];
    if (typeof value === 'string' && value !== UNCHANGED) {
      credentials[name] = value;
    } else if (kept !== undefined) {
      credentials[name] = kept;
    }
  }
  return {
    id: String(sent['id'] ?? ''),
    name: String(sent['name'] ?? ''),
    kind: String(sent['kind'] ?? ''),
    values: sent,
    credentials,
  };
}

/** The connections by the name under which the block knows them: a person's, or with the node's id where two share it. */
export class Connections {
  private readonly byId = new Map<string, StoredConnection>();
  private readonly drafts = new Map<string, StoredConnection>();
  private drafted = 0;

  add(stored: StoredConnection): void {
    this.byId.set(stored.id, stored);
  }

  remove(id: string): void {
    this.byId.delete(id);
  }

  nameOf(id: string): string {
    const stored = this.byId.get(id);
    const name = stored?.name || 'Salesforce';
    const isShared = [...this.byId.values()].some((one) => one.id !== id && (one.name || 'Salesforce') === name);
    return isShared ? `${name} (${id})` : name;
  }

  names(): string[] {
    return [...[...this.byId.keys()].map((id) => this.nameOf(id)), ...this.drafts.keys()].sort();
  }

  find(name: string): Connection {
    const draft = this.drafts.get(name);
    const stored = draft ?? [...this.byId.values()].find((one) => this.nameOf(one.id) === name);
    if (!stored) {
      throw new Error(`There is no connection ${name}. Add it in the node's dialog, and deploy.`);
    }
    return toConnection(stored);
  }

  /** A connection as it stands in the editor, for as long as the work takes. */
  async withDraft<T>(stored: StoredConnection, work: (name: string) => Promise<T>): Promise<T> {
    this.drafted += 1;
    const name = `${stored.name || 'Salesforce'} [edited ${this.drafted}]`;
    this.drafts.set(name, stored);
    try {
      return await work(name);
    } finally {
      this.drafts.delete(name);
    }
  }
}
