import type {
  About,
  Choice,
  ConnectionInfo,
  ConnectionReport,
  ConnectionTypeInfo,
  EdgeKey,
  EdgePage,
  FlowDocument,
  FlowInfo,
  Json,
  JsonObject,
  Mode,
  NamespaceInfo,
  PastRun,
  Problem,
  Problems,
  RecordPage,
  RejectedPage,
  RowFile,
  Saved,
  SecretInfo,
  SentConnection,
  ServerRun,
  Undone,
} from './types';

import { exactText, parseExact } from './exact';

/** What the server refused, or that it could not be reached (code `offline`). */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly hint: string,
    /** Where it is wrong, by block and setting. */
    readonly problems: { block: string; path: string; message: string }[] = [],
    /** What may be chosen for the query's `option` in another try. */
    readonly option = '',
    readonly choices: string[] = [],
  ) {
    super(message);
  }
}

/** The event of a studio that answers again: what said that it does not has no cause any more. */
export const ANSWERED = 'studioAnswered';
let failures = 0;

const OFFLINE = new ApiError(
  'offline',
  'The studio does not answer.',
  'Start it again in the terminal; your flow stays as it is on this page.',
);

/** Whether anybody answers now; nothing that is kept somewhere counts. */
export async function isAnswering(): Promise<boolean> {
  const answer = await fetch('/', { method: 'HEAD', cache: 'no-store' }).catch(() => null);
  if (!answer) failures += 1;
  return answer !== null;
}

function call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const json = () => ({ body: exactText(body), headers: { 'content-type': 'application/json' } });
  return send<T>(path, { method, signal, ...(body === undefined ? {} : json()) });
}

async function send<T>(path: string, request: RequestInit): Promise<T> {
  let answer: Response;
  const before = failures;
  try {
    answer = await fetch(`/api${path}`, request);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    failures += 1;
    throw OFFLINE;
  }
  // An answer to what was asked before the last failure says nothing of now.
  if (failures === before) dispatchEvent(new Event(ANSWERED));
  const value: unknown = await answer
    .text()
    .then(parseExact)
    .catch(() => null);
  if (answer.ok) return value as T;
  const error = (value as { error?: Omit<ApiError, keyof Error> & { message: string } } | null)?.error;
  throw new ApiError(
    error?.code ?? 'internal',
    error?.message ?? 'The studio failed.',
    error?.hint ?? '',
    error?.problems,
    error?.option,
    error?.choices,
  );
}

const name = encodeURIComponent;

function query(values: Record<string, string | number>): string {
  return new URLSearchParams(Object.entries(values).map(([key, value]) => [key, String(value)])).toString();
}

export interface ChoicesQuestion {
  blockType: string;
  field: string;
  config: JsonObject;
  flow: string;
  edge: string;
  mode: Mode;
}

/** What every start says; `again` starts a flow that is running already a second time. */
export interface Start {
  flow: string;
  document: FlowDocument;
  mode: Mode;
  again: boolean;
}

export const api = {
  about: () => call<About>('GET', '/about'),
  flows: () => call<{ flows: FlowInfo[] }>('GET', '/flows'),
  renameFlow: (flow: string, body: { name: string; version: string }) =>
    call<Saved>('POST', `/flows/${name(flow)}/rename`, body),
  deleteFlow: (flow: string) => call<JsonObject>('DELETE', `/flows/${name(flow)}`),
  openFlow: (flow: string) => call<Saved & { document: FlowDocument }>('GET', `/flows/${name(flow)}`),
  saveFlow: (flow: string, body: { document: FlowDocument; version: string | null; force?: boolean }) =>
    call<Saved>('PUT', `/flows/${name(flow)}`, body),
  choices: (question: ChoicesQuestion, signal?: AbortSignal) =>
    call<{ choices: Choice[]; edgeKeys: string[] }>('POST', '/choices', question, signal),
  edgeKeys: (flow: string, edge: string) =>
    call<{ keys: EdgeKey[] }>('GET', `/flows/${name(flow)}/edges/${name(edge)}/keys`),
  /** The rows of a file, with what a person has said of it. */
  rows: (file: File, options: Record<string, string>) =>
    send<RowFile>(`/rows?${query({ ...options, name: file.name })}`, { method: 'POST', body: file }),
  check: (document: FlowDocument, mode: Mode) => call<Problems>('POST', '/check', { document, mode }),
  startRun: (body: Start & { until?: string; preview?: boolean }, signal: AbortSignal) =>
    call<{ id: string }>('POST', '/runs', body, signal),
  run: (run: string) => call<ServerRun>('GET', `/runs/${run}`),
  runsUnderWay: (flow: string) => call<{ runs: ServerRun[] }>('GET', `/runs?${query({ flow })}`),
  history: (flow: string, page: { offset: number; limit: number }) =>
    call<{ runs: PastRun[] }>('GET', `/history?${query({ flow, ...page })}`),
  stopRun: (run: string) => call<JsonObject>('POST', `/runs/${run}/stop`, {}),
  edge: (run: string, edge: string, page: { offset: number; limit: number; search: string }) =>
    call<EdgePage>('GET', `/runs/${run}/edges/${name(edge)}?${query(page)}`),
  rejected: (run: string, edge: string, page: { offset: number; limit: number; search: string }) =>
    call<RejectedPage>('GET', `/runs/${run}/edges/${name(edge)}/rejected?${query(page)}`),
  notWritten: (run: string, block: string, page: { offset: number; limit: number; code: string }) =>
    call<RejectedPage>('GET', `/runs/${run}/blocks/${name(block)}/rejected?${query(page)}`),
  downloadUrl: (run: string, edge: string, format: 'json' | 'csv', isSafe = false) =>
    `/api/runs/${run}/edges/${name(edge)}/download?format=${format}${isSafe ? '&safe=1' : ''}`,
  rejectedUrl: (run: string, edge: string, isSafe: boolean) =>
    `/api/runs/${run}/edges/${name(edge)}/rejected/download?format=csv${isSafe ? '&safe=1' : ''}`,
  connections: () => call<{ types: ConnectionTypeInfo[]; connections: ConnectionInfo[] }>('GET', '/connections'),
  saveConnection: (connection: string, body: SentConnection) =>
    call<{ problems: Problem[] }>('PUT', `/connections/${name(connection)}`, body),
  deleteConnection: (connection: string) => call<JsonObject>('DELETE', `/connections/${name(connection)}`),
  testConnection: (connection: string, mode: Mode, unsaved?: SentConnection) =>
    call<ConnectionReport>('POST', `/connections/${name(connection)}/test`, { mode, ...unsaved }),
  secrets: () => call<{ secrets: SecretInfo[] }>('GET', '/secrets'),
  setSecret: (secret: string, body: { value: string; production: boolean }) =>
    call<JsonObject>('PUT', `/secrets/${name(secret)}`, body),
  namespaces: () => call<{ namespaces: NamespaceInfo[] }>('GET', '/namespaces'),
  records: (namespace: string, page: { offset: number; limit: number; search: string }) =>
    call<RecordPage>('GET', `/namespaces/${name(namespace)}?${query(page)}`),
  /** One record, or, without a key, the whole namespace. */
  deleteRecords: (namespace: string, key: string | null) =>
    call<{ deleted: number }>('DELETE', `/namespaces/${name(namespace)}${key === null ? '' : `?${query({ key })}`}`),
  replay: (namespace: string, body: Start & { block: string; items?: JsonObject }, signal: AbortSignal) =>
    call<{ id: string }>('POST', `/namespaces/${name(namespace)}/replay`, body, signal),
  /** Takes a run back, or only shows what that would do. */
  undo: (run: string, body: { dryRun: boolean; deleteCreated: boolean }) =>
    call<Undone>('POST', `/runs/${run}/undo`, body),
  /** Sends items, as someone has mended them, through a block alone. */
  resend: (body: Start & { block: string; items: Json[] }, signal: AbortSignal) =>
    call<{ id: string }>('POST', '/resend', body, signal),
};
