/** Made from schemas/sidecar.schema.json by scripts/generate_sidecar_types.py: change that, then run it. */

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = Record<string, Json>;

/** Development or production. */
export type Mode = 'DEV' | 'PROD';

/** Items of an edge, any JSON; or lines of the report. */
export type Items = Json[];

/** One line of a dropdown. */
export interface Choice {
  /** What is stored. */
  value: string;
  /** What is shown. */
  label: string;
  /** What explains it; may be empty. */
  hint: string;
  /** The heading above it; may be empty. */
  group: string;
}

/** Something in a configuration that a person has to look at. */
export interface Problem {
  /** A JSON pointer into the configuration. */
  path: string;
  /** A sentence with the cure. */
  message: string;
  /** Whether it keeps the block from running. */
  severity: 'error' | 'warning';
}

/** What a test of a connection has found. */
export interface ConnectionReport {
  /** Whether it works. */
  ok: boolean;
  /** A sentence for a person. */
  message: string;
  /** Org, user, API version, calls left. */
  facts: JsonObject;
  /** What works today and not for ever. */
  warnings: string[];
}

/** A connection with its secrets resolved. It passes over the pipe only. */
export interface Connection {
  /** The connection's type, such as salesforce. */
  type: string;
  /** Its values, secrets among them. */
  config: JsonObject;
}

/** One record of the Data Store. */
export interface StoreRecord {
  /** Its namespace. */
  name: string;
  /** Its key, unique in the namespace. */
  key: string;
  /** Any JSON. */
  data: Json;
}

/** A block type, as palette and form need to know it. */
export interface Block {
  /** The block's type. */
  type: string;
  /** Its name for people. */
  name: string;
  /** Its version. */
  version: string;
  /** One line about it. */
  info: string;
  /** Where the palette shows it. */
  group: string;
  /** Its help, in Markdown. */
  help: string;
  /** SVG markup, or the name of an icon. */
  icon: string;
  /** The colour of its head. */
  headerColor: string;
  /** What its inputs are called. */
  inputLabels: string[];
  /** What its outputs are called. */
  outputLabels: string[];
  /** The configuration of a new block. */
  defaultConfig: JsonObject;
  /** JSON Schema of the configuration. */
  configSchema: JsonObject;
  /** How the form looks. */
  uiSchema: JsonObject;
  /** The types of connections that it uses. */
  connectionTypes: string[];
}

/** A kind of connection. */
export interface ConnectionType {
  /** Its type. */
  type: string;
  /** Its name for people. */
  label: string;
  /** JSON Schema of its values. */
  configSchema: JsonObject;
}

/** Why a request has no result. */
export interface Failure {
  /** One of the codes that docs/other-hosts.md explains. */
  code: 'broken_line' | 'line_too_long' | 'unknown_method' | 'unknown_event' | 'unknown_answer' | 'bad_request' | 'id_in_use' | 'hello_first' | 'version' | 'too_many_chunks' | 'host_error' | 'defect';
  /** A sentence for a person; never a secret. */
  message: string;
  /** Of a run that ended so: what was done, item by item. */
  report?: JsonObject;
}

/** Nothing is said. */
export type Nothing = null;

/** No parameters. */
export interface None {
}

/** What a host may ask. */
export interface HostRequests {
  /** The first request. */
  hello: { params: { version: number; host?: string }; result: { version: number; program: string; source: 'host' | 'project'; mode: Mode; capabilities: string[]; inputCredits: number; longestLine: number } };
  /** Which blocks and connection types there are. */
  describe: { params: None; result: { blocks: Block[]; connectionTypes: ConnectionType[] } };
  /** What a dropdown of the form offers. */
  choices: { params: { blockType: string; field: string; config: JsonObject; mode?: Mode; edgeKeys?: string[] }; result: { choices: Choice[] } };
  /** What keeps a block from running. */
  check: { params: { blockType: string; config: JsonObject; mode?: Mode }; result: { problems: Problem[] } };
  /** Tries a connection. */
  testConnection: { params: { connectionType: string; name?: string; config?: JsonObject; mode?: Mode }; result: ConnectionReport };
  /** Runs a block. Its items follow as events; the answer comes behind everything that it gives. */
  execute: { params: { blockType: string; config: JsonObject; mode?: Mode; executionId: string; flowName?: string; blockId?: string; wiredOutputs?: number[] | null; cursor?: Json; expected?: number; credits: number }; result: { report: JsonObject | null; cursor: Json } };
  /** One report out of two, for a block that is called again in a batch loop. */
  addReports: { params: { blockType: string; total: JsonObject; report: JsonObject }; result: { report: JsonObject } };
}

/** What a host may tell. */
export interface HostEvents {
  /** A chunk of the primary edge; each takes a credit. */
  items: { params: { run: number; items: Items } };
  /** The primary edge has no more items. */
  end: { params: { run: number } };
  /** The host takes so many chunks of outputs more. */
  credit: { params: { run: number; chunks: number } };
  /** Asks a run to stop; it still accounts for every item and is answered. */
  cancel: { params: { run: number } };
}

/** What the sidecar may ask of a host that serves connections and Data Store. */
export interface SidecarRequests {
  /** The names of all connections of a type. */
  connectionNames: { params: { type: string }; result: string[] };
  /** One connection. */
  connection: { params: { name: string; mode: Mode }; result: Connection };
  /** The namespaces that hold at least one record. */
  'store.namespaces': { params: None; result: string[] };
  /** Records of a namespace in key order. */
  'store.find': { params: { name: string; limit: number; offset: number }; result: StoreRecord[] };
  /** The records that have one of these keys. */
  'store.findKeys': { params: { name: string; keys: string[] }; result: StoreRecord[] };
  /** Writes the records that are new, in one transaction, and leaves those that exist as they are. */
  'store.insertMany': { params: { records: StoreRecord[] }; result: StoreRecord[] };
  /** Writes records in one transaction, replacing those that exist. */
  'store.upsertMany': { params: { records: StoreRecord[] }; result: Nothing };
  /** Removes the records that have one of these keys. */
  'store.deleteKeys': { params: { name: string; keys: string[] }; result: number };
}

/** What the sidecar may tell. */
export interface SidecarEvents {
  /** A chunk of an output or of the report's `notWritten`; each takes a credit. */
  items: { params: { run: number; to: number | string; items: Items } };
  /** The sidecar takes so many chunks of the primary edge more. */
  credit: { params: { run: number; chunks: number } };
  /** How far a run is. */
  progress: { params: { run: number; phase: string; done: number; total: number; failures: number } };
  /** What a run, or the sidecar, tells its operator. */
  log: { params: { run?: number; level: 'debug' | 'info' | 'warning' | 'error' | 'critical'; message: string } };
  /** A line could not be understood; nothing was done for it. */
  error: { params: Failure };
}
