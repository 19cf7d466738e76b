/** The shape of the platform's SDK, as far as this plugin uses it: written from its documentation, none of its code. */
import type { ComponentType, ReactNode } from 'react';

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

export interface BlockData {
  type: string;
  name: string;
  friendlyName: string;
  version: string;
  help: string;
  helpFile: string;
  isValid: boolean;
  collapse: boolean;
  group: 'Core' | 'Utility' | 'Collection' | 'Custom';
  styleType: 'STANDARD';
  numInputs: number;
  numOutputs: number;
  hasInternalOutputHandles: boolean;
  hasInternalInputHandles: boolean;
  headerColor: string;
  config: Record<string, Json>;
  executionTime: number;
  extraData: Json;
  queueUuid: string | null;
}

export interface StoredBlock {
  id: string;
  type: string;
  width: number;
  height: number;
  position: { x: number; y: number };
  selected: boolean;
  data: BlockData;
}

export interface StoredEdge {
  id: string;
  source: string;
  target: string;
  sourceHandle: string;
  targetHandle: string;
  data: { payload: Json[] };
}

export interface EdgeData {
  payload: Json[];
}

export interface FormProps {
  nodeId: string;
  block: BlockData;
  collapse: boolean;
  flowApi: {
    updateBlock(nodeId: string, block: BlockData): void;
    updateNumOutputs(nodeId: string, outputs: number): void;
  };
}

type Answer<T> = T | Promise<T>;

export interface ExecuteProps {
  blockToExecute: StoredBlock;
  environmentMode: 'DEV' | 'PROD';
  executionUuid: string;
  externalExecutionId?: string;
  flow: { name: string; edges: StoredEdge[] };
  isKilled: boolean | (() => boolean);
  terminate: boolean;
  /** The edges by handle, or null where the flow was terminated meanwhile. */
  safeWaitForAllInputEdgeData(block: StoredBlock): Answer<Record<string, EdgeData> | null>;
  outgoingEdgeAssignment(block: StoredBlock, output: number, input: EdgeData, data: Json[]): Answer<EdgeData[]>;
  logTime(props: ExecuteProps, block: StoredBlock, inputs: EdgeData[], outputs: EdgeData[], ms: number): Answer<void>;
  logMessage(block: StoredBlock, text: string, level: 'info' | 'warn' | 'error'): Answer<void>;
  formulateFatalError(block: StoredBlock, message: string): Answer<void>;
}

export interface PluginBlock {
  client: {
    blockDefinition: {
      block: Omit<StoredBlock, 'id' | 'position' | 'selected'>;
      component: ComponentType<FormProps>;
      baseNodeType: string;
    };
    metadata: { info: string; helpFile?: string; icon: { type: 'file'; format: 'svg' | 'png' | 'jpg'; path: string } };
    aiInfo?: {
      summary: string;
      description: string;
      keyWords: string[];
      aiInfo: string;
      props: Record<string, string>;
    };
  };
  server: { execute(props: ExecuteProps): Promise<void> };
}

export interface PluginManifest {
  name: string;
  version: string;
  description: string;
  author: string;
  blocks: PluginBlock[];
}

export interface SelectItem {
  id: string;
  label: string;
}

export function SelectItems(props: {
  items: SelectItem[];
  selectedItem: SelectItem | SelectItem[] | null;
  onSelect(item: SelectItem | SelectItem[] | null): void;
  clearable?: boolean;
  creatable?: boolean;
  multiSelect?: boolean;
  noOptionsMessage?: string;
}): ReactNode;
export function CheckboxWithLabel(props: {
  label: string;
  checked: boolean;
  onChange(checked: boolean): void;
  popupHelp?: string;
}): ReactNode;
export function ConnectionChooser(props: {
  connections: { uuid: string; name: string; type: string }[];
  selectedUuid: string | null;
  onSelect(uuid: string): void;
  types: string[];
}): ReactNode;
export function InputSimple(props: { value: string; onChange(value: string): void }): ReactNode;
export function PopupHelp(props: { text: string }): ReactNode;
