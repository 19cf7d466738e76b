/** What the server says, in its own spelling. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };
export type Mode = 'DEV' | 'PROD';

export interface JsonSchema {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: Json;
  enum?: Json[];
  minimum?: number;
  maximum?: number;
  required?: string[];
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  examples?: Json[];
  /** Goes in and never out: a secret. */
  writeOnly?: boolean;
  contentMediaType?: string;
}

export interface UiOptions {
  choices?: string;
  dependsOn?: string[];
  showAll?: string;
  creatable?: boolean;
  clearable?: boolean;
  autoSelectSingle?: boolean;
  empty?: string;
  indent?: number;
  visibleWhen?: Record<string, Json>;
  collapsed?: boolean;
  placeholder?: string;
  /** The choices hold keys of the incoming edge: before the first run `empty` says how to get them. */
  edgeKeys?: boolean;
  /** Names the namespace that the block keeps its failed items in: they can be sent again from there. */
  keepsFailures?: boolean;
}

export interface UiSection {
  title?: string;
  properties: string[];
  layout?: string;
}

export interface UiSchema {
  'ui:widget'?: string;
  /** What the values of an `enum` are called, in its order. */
  'ui:enumNames'?: string[];
  'ui:order'?: string[];
  'ui:options'?: UiOptions;
  'ui:sections'?: UiSection[];
  [key: string]: unknown;
}

export interface Descriptor {
  type: string;
  name: string;
  version: string;
  group: string;
  info: string;
  help: string;
  icon: string;
  headerColor: string;
  numInputs: number;
  numOutputs: number;
  inputLabels: string[];
  outputLabels: string[];
  width: number;
  height: number;
  defaultConfig: JsonObject;
  configSchema: JsonSchema;
  uiSchema: UiSchema;
  connectionTypes: string[];
}

export interface DocumentBlock {
  id: string;
  type: string;
  friendlyName?: string;
  position?: { x: number; y: number };
  width?: number;
  height?: number;
  collapse?: boolean;
  config?: JsonObject;
}

export interface DocumentEdge {
  id?: string;
  source: string;
  sourceHandle?: string;
  target: string;
  targetHandle?: string;
  label?: string;
}

export interface FlowDocument {
  name: string;
  description?: string;
  timeout?: number;
  blocks: DocumentBlock[];
  edges: DocumentEdge[];
}

export interface About {
  project: string;
  mode: Mode;
  sandbox: boolean;
  flows: string[];
  blocks: Descriptor[];
}

export interface Choice {
  value: string;
  label: string;
  hint: string;
  group: string;
}

export interface Problem {
  path: string;
  message: string;
  severity: 'error' | 'warning';
}

export interface Problems {
  flow: Problem[];
  blocks: Record<string, Problem[]>;
}

export interface ItemRow {
  index: number;
  item: Json;
}

export interface EdgePage {
  total: number;
  keys: string[];
  rows: ItemRow[];
}

export interface RejectedRow {
  index: number;
  outcome: string;
  reason: string;
  errors: { stage: string; code: string; message: string; fields: string[] }[];
  data: Json;
}

export interface RejectedPage {
  block: string | null;
  total: number;
  rows: RejectedRow[];
}

export interface Report {
  object?: string;
  operation?: string;
  dryRun?: boolean;
  counts?: Record<string, number>;
  created?: number;
  updated?: number;
  api?: { name: string; reason: string };
  apiCalls?: { used: number; byKind: Record<string, number>; orgUsed: number | null; orgLimit: number | null };
  phases?: { name: string; ms: number }[];
  notWrittenGroups?: { outcome: string; code: string; count: number; sample: string }[];
  response?: Json;
}

export interface FlowInfo {
  name: string;
  changedAt: string;
}

export interface NamespaceInfo {
  name: string;
  count: number;
}

export interface StoredRecord {
  key: string;
  data: Json;
  /** An item that a block kept with its reason, and that can be sent again. */
  isFailure: boolean;
}

export interface RecordPage {
  count: number;
  hasMore: boolean;
  records: StoredRecord[];
}

export interface ConnectionKind {
  title?: string;
  description?: string;
  required?: string[];
  /** `false` says that this kind has no such field. */
  properties?: Record<string, boolean>;
}

export interface ConnectionTypeInfo {
  type: string;
  label: string;
  schema: JsonSchema & { oneOf?: ConnectionKind[] };
}

/** What may be seen of a connection's values in one mode; `kept` names those that may not. */
export interface ConnectionValues {
  config: JsonObject;
  kept: string[];
}

export interface ConnectionInfo {
  name: string;
  type: string;
  modes: Mode[];
  isEditable: boolean;
  usedBy: string[];
  development: ConnectionValues;
  production: ConnectionValues | null;
}

/** What the page sends for one mode: `kept` values stay as they are in the file. */
export interface SentValues extends ConnectionValues {
  kind: number | null;
}

export interface SentConnection {
  type: string;
  isNew: boolean;
  development: SentValues;
  production: SentValues | null;
}

export interface SecretInfo {
  name: string;
  source: string;
  hasProduction: boolean;
}

export interface ConnectionReport {
  ok: boolean;
  message: string;
  facts: JsonObject;
  warnings: string[];
}
