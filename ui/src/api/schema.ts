/** JSON, and the schemas that forms are drawn from, as far as the page reads them. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

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
  /** Settings and the value that each must have for the field to be shown; of several values, one of them. */
  visibleWhen?: Record<string, Json>;
  collapsed?: boolean;
  placeholder?: string;
  /** The choices hold keys of the incoming edge: before the first run `empty` says how to get them. */
  edgeKeys?: boolean;
  /** A mapping is stored by what it leads to, as `{target: edge key}`; else by the keys of the edge. */
  byTarget?: boolean;
  /** A mapping may leave a key out, as null. */
  leavesOut?: boolean;
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

export interface ConnectionKind {
  title?: string;
  description?: string;
  required?: string[];
  /** `false` says that this kind has no such field. */
  properties?: Record<string, boolean>;
}

export interface ConnectionSchema extends JsonSchema {
  oneOf?: ConnectionKind[];
}
