import type { FieldPlace } from './run';

/** What stands over the canvas: dialogs, notices, and how well the flow is saved. */

export type SaveState =
  | { kind: 'saved' }
  | { kind: 'dirty' }
  | { kind: 'saving' }
  | { kind: 'conflict'; message: string }
  | { kind: 'failed'; message: string };

/** The parts of the panel. */
export type PanelTab = 'settings' | 'result' | 'wires';

export type Dialog =
  | { kind: 'edge'; edge: string; tab: 'items' | 'rejected' }
  | { kind: 'keys' }
  | { kind: 'flows' }
  | { kind: 'csv' }
  | { kind: 'flow' }
  | { kind: 'runs' }
  | { kind: 'connections' }
  | { kind: 'stores' }
  | { kind: 'production'; proceed: () => void }
  | { kind: 'again'; proceed: () => void }
  | { kind: 'help'; blockType: string };

export interface Notice {
  id: number;
  text: string;
  tone: 'info' | 'error';
  links: NoticeLink[];
}

/** Leads from a notice to the setting that it is about. */
export interface NoticeLink {
  label: string;
  to: FieldPlace;
}
