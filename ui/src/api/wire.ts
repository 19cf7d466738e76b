/** Made from schemas/ by scripts/generate_wire_types.py: change those, then run it. */
import type { ConnectionSchema, Json, JsonObject, JsonSchema, UiSchema } from './schema';

/** Which values of connections and secrets are used. */
export type Mode = 'DEV' | 'PROD';

/** A block type, as palette, form and canvas need to know it. */
export interface Descriptor {
  /** The block type; its suffix is its version. */
  type: string;
  /** The name in the palette and in the header. */
  name: string;
  /** The block's version. */
  version: string;
  /** The palette's section. */
  group: string;
  /** One line under the name. */
  info: string;
  /** Markdown. */
  help: string;
  /** SVG markup, or the name of an icon. */
  icon: string;
  /** The header's colour, as #rrggbb. */
  headerColor: string;
  /** How many input handles. */
  numInputs: number;
  /** How many output handles. */
  numOutputs: number;
  /** What the inputs are called. */
  inputLabels: string[];
  /** What the outputs are called. */
  outputLabels: string[];
  /** Canvas pixels. */
  width: number;
  /** Canvas pixels. */
  height: number;
  /** What a new block is set to. */
  defaultConfig: JsonObject;
  /** What its configuration may be. */
  configSchema: JsonSchema;
  /** How its form is drawn. */
  uiSchema: UiSchema;
  /** What an assistant that builds flows is told. */
  aiInfo: JsonObject | null;
  /** The types of connections that it uses. */
  connectionTypes: string[];
}

/** What the page needs to draw its frame. */
export interface About {
  /** The name of the project's folder. */
  project: string;
  /** The project's own mode. */
  mode: Mode;
  /** Whether a sandbox org runs along. */
  sandbox: boolean;
  /** The names of the flows. */
  flows: string[];
  /** All block types. */
  blocks: Descriptor[];
}

/** A flow in the list of flows. */
export interface FlowInfo {
  /** The name of its file, without the suffix. */
  name: string;
  /** When the file was last changed, in ISO 8601. */
  changedAt: string;
}

/** A flow's file as it was written. */
export interface Saved {
  /** The name of its file, without the suffix. */
  name: string;
  /** Changes whenever the file does. */
  version: string;
}

/** One line of a dropdown. */
export interface Choice {
  /** What is stored. */
  value: string;
  /** What is shown. */
  label: string;
  /** Helps to choose. */
  hint: string;
  /** The heading above it. */
  group: string;
  /** It must not be left out. */
  required: boolean;
}

/** Something that a person has to look at. */
export interface Problem {
  /** JSON pointer into what was checked. */
  path: string;
  /** What is wrong, and the cure. */
  message: string;
  /** Whether it keeps the block from running. */
  severity: 'error' | 'warning';
}

/** The problems of a flow. */
export interface Problems {
  /** Those of the whole. */
  flow: Problem[];
  /** Those of each block by its id. */
  blocks: Record<string, Problem[]>;
}

/** An item of an edge. */
export interface ItemRow {
  /** Its place on the edge. */
  index: number;
  /** The item. */
  item: Json;
}

/** A page of an edge's items. */
export interface EdgePage {
  /** How many there are, or match. */
  total: number;
  /** The keys of the first items. */
  keys: string[];
  /** The items. */
  rows: ItemRow[];
}

/** One reason why an item was not written. */
export interface ItemError {
  /** At which stage it failed. */
  stage: string;
  /** What went wrong, as a code. */
  code: string;
  /** What went wrong, as a sentence. */
  message: string;
  /** The fields that it is about. */
  fields: string[];
  /** Whether sending it again may help. */
  retryable?: boolean;
}

/** An item that was not written. */
export interface RejectedRow {
  /** Its place on the incoming edge. */
  index: number;
  /** What became of it. */
  outcome: string;
  /** One sentence. */
  reason: string;
  /** All reasons. */
  errors: ItemError[];
  /** The item; left out where the server no longer keeps it. */
  data?: Json;
}

/** A page of what a block did not write. */
export interface RejectedPage {
  /** The id of the block that rejected it; null where none did. */
  block: string | null;
  /** How many there are. */
  total: number;
  /** The items. */
  rows: RejectedRow[];
}

/** The items that were not written for one reason. */
export interface NotWrittenGroup {
  /** What became of them. */
  outcome: string;
  /** The reason's code. */
  code: string;
  /** How many. */
  count: number;
  /** The reason of one of them. */
  sample: string;
}

/** A type of connections that a plugin brings. */
export interface ConnectionTypeInfo {
  /** Its name. */
  type: string;
  /** What it is called. */
  label: string;
  /** What its configuration may be. */
  schema: ConnectionSchema;
}

/** What may be seen of a connection's values in one mode. */
export interface ConnectionValues {
  /** The values that are no secrets, and references to secrets. */
  config: JsonObject;
  /** The names of the values that are not shown. */
  kept: string[];
}

/** A connection in the list. */
export interface ConnectionInfo {
  /** Its name. */
  name: string;
  /** Its type. */
  type: string;
  /** The modes that it has values for. */
  modes: Mode[];
  /** Whether it stands in the project's file and its type is installed. */
  isEditable: boolean;
  /** The flows that use it. */
  usedBy: string[];
  /** What may be seen of its development values. */
  development: ConnectionValues;
  /** What may be seen of its production values, if it has any. */
  production: ConnectionValues | null;
}

/** What the page sends for one mode. */
export interface SentValues {
  /** The values that were filled in. */
  config: JsonObject;
  /** The names of the values that stay as they are. */
  kept: string[];
  /** Which of the schema's kinds was chosen. */
  kind: number | null;
}

/** A connection as the page saves it. */
export interface SentConnection {
  /** Its type. */
  type: string;
  /** Whether no connection of this name may be there. */
  isNew: boolean;
  /** Its development values. */
  development: SentValues;
  /** Its production values. */
  production: SentValues | null;
}

/** What a test of a connection found. */
export interface ConnectionReport {
  /** Whether it works. */
  ok: boolean;
  /** What was found, or exactly what is wrong. */
  message: string;
  /** Org, user and the like. */
  facts: JsonObject;
  /** What will not work for ever. */
  warnings: string[];
}

/** A secret as it may be shown. */
export interface SecretInfo {
  /** Its name. */
  name: string;
  /** Where it comes from. */
  source: string;
  /** Whether production has a value of its own. */
  hasProduction: boolean;
}

/** A namespace of the Data Store. */
export interface NamespaceInfo {
  /** Its name. */
  name: string;
  /** How many records it holds. */
  count: number;
}

/** A record of the Data Store. */
export interface StoredRecord {
  /** Its key within the namespace. */
  key: string;
  /** What it holds. */
  data: Json;
  /** Whether it is an item that a block kept with its reason, and that can be sent again. */
  isFailure: boolean;
}

/** A page of a namespace's records. */
export interface RecordPage {
  /** How many the namespace holds. */
  count: number;
  /** Whether more follow. */
  hasMore: boolean;
  /** The records. */
  records: StoredRecord[];
}

/** A block's part in a run of the past. */
export interface PastBlock {
  /** The block's id. */
  id: string;
  /** Its type. */
  type: string;
  /** How it ended. */
  status: string;
  /** How long it took. */
  ms: number;
  /** Its report, if it made one. */
  report: Json;
}

/** A run of the past. */
export interface PastRun {
  /** Its execution id. */
  id: string;
  /** Whether its previous values are kept, so that it can be taken back. */
  undoable: boolean;
  /** The flow's name. */
  flow: string;
  /** The mode it ran in. */
  mode: Mode;
  /** When it began, in ISO 8601. */
  started_at: string;
  /** How it ended; `running` until it has. */
  status: string;
  /** How long it took. */
  ms: number | null;
  /** Its fatal error. */
  error: JsonObject | null;
  /** What it answered. */
  response: Json;
  /** What its blocks did. */
  blocks: PastBlock[] | null;
  /** The records on its edges, by the edge's id. */
  edges: Record<string, number> | null;
  /** What was started. */
  kind: RunKind;
}

/** What was started: a preview writes nothing, a replay sends failed items again, a partial run ends before a block. */
export type RunKind = 'run' | 'preview' | 'replay' | 'partial';

/** A key of the items of an edge. */
export interface EdgeKey {
  /** The key; dots lead into objects. */
  key: string;
  /** A value that it has, as text. */
  sample: string;
  /** How many of its values come more than once. */
  repeated: number;
}

/** A run that the server has at hand, whoever started it. */
export interface ServerRun {
  /** Its id. */
  id: string;
  /** The name of the flow's file. */
  flow: string;
  /** What was started. */
  kind: RunKind;
  /** The mode it runs in. */
  mode: Mode;
  /** When it began, in ISO 8601. */
  startedAt: string;
  /** Whether it has come to its end. */
  isFinished: boolean;
  /** Whether it was asked to stop. */
  isStopping: boolean;
}

/** The rows of a file, as test data. */
export interface RowFile {
  /** What the file was taken for. */
  found: string;
  /** How many rows it has. */
  count: number;
  /** The rows, as a JSON array. */
  text: string;
}

/** A flow file of the studio: blocks and the edges between their handles. */
export interface FlowDocument {
  /** The flow's name. */
  name: string;
  /** What the flow is for. */
  description?: string;
  /** Seconds after which a run is stopped, up to 30 days. */
  timeout?: number;
  /** The blocks on the canvas. */
  blocks: DocumentBlock[];
  /** What is wired to what. The first edge into an input is the primary one. */
  edges: DocumentEdge[];
  /** What people have written on the canvas. A run does not look at it. */
  notes?: DocumentNote[];
}

export interface DocumentBlock {
  /** Unique within the flow. */
  id: string;
  /** The block type, as its descriptor names it. */
  type: string;
  /** A name of the user's own for this block. */
  friendlyName?: string;
  /** The block's configuration; its descriptor has the schema. */
  config?: JsonObject;
  /** Where the block stands, in canvas pixels. */
  position?: { x: number; y: number };
  /** Canvas pixels. */
  width?: number;
  /** Canvas pixels. */
  height?: number;
  /** Whether only the header is shown. */
  collapse?: boolean;
}

export interface DocumentEdge {
  /** Unique within the flow; made from the ends where it is left out. */
  id?: string;
  /** The id of the block that the data leaves. */
  source: string;
  /** The output handle. */
  sourceHandle?: string;
  /** The id of the block that the data enters. */
  target: string;
  /** The input handle. */
  targetHandle?: string;
  /** A name of the user's own for this edge. */
  label?: string;
}

export interface DocumentNote {
  /** The note. */
  text: string;
  /** Where the note stands, in canvas pixels. */
  position?: { x: number; y: number };
  /** Canvas pixels; the usual width where it is left out. */
  width?: number;
  /** Canvas pixels; as high as its text where it is left out. */
  height?: number;
}

/** What one run of the Salesforce Write block did, item by item where an item was not written. */
export interface BlockReport {
  /** The Salesforce object. */
  object: string;
  /** What was asked for. */
  operation: 'upsert' | 'update';
  /** The key that items were matched by. */
  matchKey: string;
  /** The connection's name. */
  connection: string;
  /** The org's address: a record is seen in a browser at this address, a slash and its Id. Left out where the org was not reached. */
  instanceUrl?: string;
  /** Whether nothing was to be written. */
  dryRun: boolean;
  /** Whether all, some or none of the items were written. */
  verdict: { state: 'complete' | 'partial' | 'nothing'; sentence: string };
  /** Failed, unprocessed and unknown items that went neither to an output that is wired nor into a namespace. */
  unhandled: number;
  /** Invalid items that left on no output, as the configuration has it. */
  discarded: number;
  /** Items by outcome; all but `received` add up to `received`. */
  counts: { received: number; written: number; invalid: number; failed: number; unprocessed: number; unknown: number; unchanged: number; wouldCreate: number; wouldUpdate: number; wouldDelete: number };
  /** Of the written ones, how many Salesforce said it created. A call whose answer was lost and that was made again counts its records as updated. */
  created: number;
  /** Of the written ones, how many were updated. */
  updated: number;
  /** The run's id, by which it can be undone: its previous values were kept. */
  undoRun?: string;
  /** In an undo: of the written ones, how many records were deleted. */
  deleted?: number;
  /** In an undo: records that the run had made, and that stay. */
  createdKept?: number;
  /** In an undo: fields whose earlier values could not be read by the run, such as encrypted ones. */
  notRestored?: string[];
  /** In a dry run: what would change, item by item, up to a bound. An item that would change nothing has no line. */
  changes?: ({ index: number; id: string | null; action: 'create' | 'update' | 'delete'; fields: Record<string, { before: Json; after: Json }> })[];
  /** In a dry run: changes beyond the bound. */
  changesNotShown?: number;
  /** In a dry run: items whose records hold every value already. */
  unchanged?: number;
  /** In a dry run: what the run would cost. */
  callEstimate?: { calls: number; left: number | null };
  /** Failures of the namespace for errors whose items have been written by this run. */
  keptFailures: { removed: number; superseded: number };
  /** Which API wrote, and why. */
  api: { name: 'collections' | 'bulk' | 'none'; reason: string };
  /** How many calls at a time the run has come to. */
  concurrency: { calls: number; reason: string };
  /** What the run cost. */
  apiCalls: { used: number; byKind: Record<string, number>; orgUsed: number | null; orgLimit: number | null };
  /** Elapsed time by phase, in order. */
  phases: ({ name: 'connect' | 'check' | 'match' | 'write' | 'keep'; ms: number })[];
  /** Every item that was not written, in input order. */
  notWritten: ({ index: number; outcome: 'invalid' | 'failed' | 'unprocessed' | 'unknown'; errors: ({ stage: 'intake' | 'check' | 'match' | 'write' | 'stop'; code: string; message: string; fields: string[]; retryable: boolean })[] })[];
}
