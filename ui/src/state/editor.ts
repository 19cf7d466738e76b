import { applyEdgeChanges, applyNodeChanges, type Connection, type EdgeChange, type NodeChange } from '@xyflow/react';
import { create } from 'zustand';
import type { About, Descriptor, Json, JsonObject, Mode, Problems } from '../api/types';
import {
  closesCircle,
  edgeId,
  fromDocument,
  makeEdge,
  makeNode,
  newBlockId,
  toDocument,
  type BlockNode,
  type FlowMeta,
  type WireEdge,
} from './document';
import { emptyHistory, redo, remember, undo, type History } from './history';
import { addLine, afterEvent, NO_RUN, type RunEvent, type RunState } from './run';
import type { FlowDocument } from '../api/types';

interface Drawing {
  nodes: BlockNode[];
  edges: WireEdge[];
}

export type SaveState =
  | { kind: 'saved' }
  | { kind: 'dirty' }
  | { kind: 'saving' }
  | { kind: 'conflict'; message: string }
  | { kind: 'failed'; message: string };

export type Dialog =
  | { kind: 'edge'; edge: string; tab: 'items' | 'rejected' }
  | { kind: 'flows' }
  | { kind: 'runs' }
  | { kind: 'connections' }
  | { kind: 'stores' }
  | { kind: 'production'; proceed: () => void }
  | { kind: 'help'; blockType: string };

interface EditorState extends Drawing {
  /** How many flows were loaded: the canvas fits each of them into view once. */
  loads: number;
  project: string;
  hasSandbox: boolean;
  flows: string[];
  descriptors: Record<string, Descriptor>;
  mode: Mode;
  isProductionConfirmed: boolean;
  file: string | null;
  version: string | null;
  meta: FlowMeta;
  history: History<Drawing>;
  beforeDrag: Drawing | null;
  clipboard: Drawing | null;
  problems: Problems;
  save: SaveState;
  run: RunState;
  dialog: Dialog | null;
  /** Whether the panel stands beside the canvas while one block is selected: a click opens it, a drag does not. */
  isPanelOpen: boolean;
  /** The block that should be in view, and how often one was asked for. */
  reveal: { id: string; count: number } | null;
  notice: { id: number; text: string; tone: 'info' | 'error' } | null;

  start: (about: About) => void;
  load: (file: string | null, version: string | null, document: FlowDocument) => void;
  rename: (name: string) => void;
  changeNodes: (changes: NodeChange<BlockNode>[]) => void;
  changeEdges: (changes: EdgeChange<WireEdge>[]) => void;
  addBlock: (type: string, position?: { x: number; y: number }) => string | null;
  connect: (connection: Connection) => void;
  configure: (id: string, config: JsonObject, key: string | null) => void;
  configureSilently: (id: string, field: string, value: Json) => void;
  setFriendlyName: (id: string, name: string) => void;
  toggleCollapse: (id: string) => void;
  remove: (ids: { nodes?: string[]; edges?: string[] }) => void;
  copy: () => void;
  paste: () => void;
  /** Selects these blocks and nothing else. */
  selectBlocks: (ids: string[]) => void;
  /** Selects one block and opens its panel. */
  select: (id: string) => void;
  openPanel: (id: string) => void;
  closePanel: () => void;
  undo: () => void;
  redo: () => void;
  setMode: (mode: Mode) => void;
  confirmProduction: () => void;
  setProblems: (problems: Problems) => void;
  setSave: (save: SaveState) => void;
  saved: (file: string, version: string) => void;
  forget: (file: string) => void;
  setRun: (run: RunState) => void;
  startRun: (id: string) => void;
  runEvent: (event: RunEvent) => void;
  setReconnecting: (isReconnecting: boolean) => void;
  setStopping: () => void;
  loseRun: (message: string) => void;
  clearLog: () => void;
  openDialog: (dialog: Dialog | null) => void;
  notify: (text: string, tone?: 'info' | 'error') => void;
}

const NO_PROBLEMS: Problems = { flow: [], blocks: {} };
const GAP = 80;
const PASTE_SHIFT = 40;

let removal = 0;
let isRemoving = false;

/** The same key for all that goes at one stroke: a block and its wires come back together. */
function removalKey(): string {
  if (!isRemoving) {
    isRemoving = true;
    removal += 1;
    queueMicrotask(() => {
      isRemoving = false;
    });
  }
  return `remove ${removal}`;
}

function drawing(state: Drawing): Drawing {
  return { nodes: state.nodes, edges: state.edges };
}

/** The drawing with exactly these blocks selected, and no wire. */
function onlySelected({ nodes, edges }: Drawing, ids: Set<string>): Drawing {
  return {
    nodes: nodes.map((node) =>
      (node.selected ?? false) === ids.has(node.id) ? node : { ...node, selected: ids.has(node.id) },
    ),
    edges: edges.map((edge) => (edge.selected ? { ...edge, selected: false } : edge)),
  };
}

export const useEditor = create<EditorState>()((set, get) => {
  /** A change of the drawing that can be undone. */
  const change = (next: Partial<Drawing>, key: string | null = null) =>
    set((state) => ({ ...next, history: remember(state.history, drawing(state), key) }));

  const updateData = (id: string, update: Partial<BlockNode['data']>, key: string | null) =>
    change(
      {
        nodes: get().nodes.map((node) => (node.id === id ? { ...node, data: { ...node.data, ...update } } : node)),
      },
      key,
    );

  return {
    nodes: [],
    edges: [],
    loads: 0,
    project: '',
    hasSandbox: false,
    flows: [],
    descriptors: {},
    mode: 'DEV',
    isProductionConfirmed: false,
    file: null,
    version: null,
    meta: { name: 'New flow' },
    history: emptyHistory(),
    beforeDrag: null,
    clipboard: null,
    problems: NO_PROBLEMS,
    save: { kind: 'saved' },
    run: NO_RUN,
    dialog: null,
    isPanelOpen: false,
    reveal: null,
    notice: null,

    start: (about) =>
      set({
        project: about.project,
        hasSandbox: about.sandbox,
        flows: about.flows,
        mode: about.mode,
        descriptors: Object.fromEntries(about.blocks.map((block) => [block.type, block])),
      }),

    load: (file, version, document) =>
      set((state) => ({
        ...fromDocument(document, state.descriptors),
        loads: state.loads + 1,
        file,
        version,
        history: emptyHistory(),
        isPanelOpen: false,
        reveal: null,
        problems: NO_PROBLEMS,
        save: { kind: 'saved' },
        run: { ...NO_RUN, log: state.file === file ? state.run.log : [] },
      })),

    rename: (name) => set((state) => ({ meta: { ...state.meta, name } })),

    changeNodes: (changes) => {
      const state = get();
      const nodes = applyNodeChanges(changes, state.nodes);
      const isSelecting = changes.some((one) => one.type === 'select');
      if (isSelecting && nodes.filter((node) => node.selected).length !== 1) set({ isPanelOpen: false });
      if (changes.some((one) => one.type === 'remove')) {
        const gone = new Set(changes.flatMap((one) => (one.type === 'remove' ? [one.id] : [])));
        change(
          { nodes, edges: state.edges.filter((edge) => !gone.has(edge.source) && !gone.has(edge.target)) },
          removalKey(),
        );
        return;
      }
      const moves = changes.filter((one) => one.type === 'position' && one.position);
      if (moves.length === 0) {
        set({ nodes });
      } else if (moves.some((one) => one.type === 'position' && one.dragging)) {
        set({ nodes, beforeDrag: state.beforeDrag ?? drawing(state) });
      } else {
        // The end of a drag, or a step with an arrow key; a row of such steps is undone as one.
        const key = state.beforeDrag ? null : `move ${moves.map((one) => ('id' in one ? one.id : '')).join(' ')}`;
        const before = state.beforeDrag ?? drawing(state);
        set({ nodes, beforeDrag: null, history: remember(state.history, before, key) });
      }
    },

    changeEdges: (changes) => {
      const edges = applyEdgeChanges(changes, get().edges);
      if (changes.some((one) => one.type === 'remove')) change({ edges }, removalKey());
      else set({ edges });
    },

    addBlock: (type, position) => {
      const { nodes, descriptors } = get();
      const descriptor = descriptors[type];
      if (!descriptor) return null;
      const id = newBlockId(
        type,
        nodes.map((node) => node.id),
      );
      const right = Math.max(...nodes.map((node) => node.position.x + (node.measured?.width ?? 280)), 40 - GAP) + GAP;
      const node = makeNode(
        { id, type, position: position ?? { x: right, y: 100 }, config: structuredClone(descriptor.defaultConfig) },
        descriptor,
        0,
      );
      change({ nodes: [...nodes.map((one) => ({ ...one, selected: false })), { ...node, selected: true }] });
      get().openPanel(id);
      return id;
    },

    connect: ({ source, sourceHandle, target, targetHandle }) => {
      const { edges, notify } = get();
      if (closesCircle(edges, source, target)) {
        notify('That would close a circle. A flow runs in one direction.', 'error');
        return;
      }
      const ends = { source, target, sourceHandle: sourceHandle ?? 'o0', targetHandle: targetHandle ?? 'i0' };
      if (edges.some((edge) => edge.id === edgeId(ends))) return;
      change({ edges: [...edges, makeEdge(ends)] });
    },

    configure: (id, config, key) => updateData(id, { config }, key),

    configureSilently: (id, field, value) =>
      set((state) => ({
        nodes: state.nodes.map((node) =>
          node.id === id ? { ...node, data: { ...node.data, config: { ...node.data.config, [field]: value } } } : node,
        ),
      })),

    setFriendlyName: (id, friendlyName) => updateData(id, { friendlyName }, `name ${id}`),

    toggleCollapse: (id) => {
      const node = get().nodes.find((one) => one.id === id);
      if (node) updateData(id, { collapse: !node.data.collapse }, null);
    },

    remove: ({ nodes = [], edges = [] }) => {
      const state = get();
      const goneNodes = new Set(nodes);
      const goneEdges = new Set(edges);
      change({
        nodes: state.nodes.filter((node) => !goneNodes.has(node.id)),
        edges: state.edges.filter(
          (edge) => !goneEdges.has(edge.id) && !goneNodes.has(edge.source) && !goneNodes.has(edge.target),
        ),
      });
    },

    copy: () => {
      const { nodes, edges, notify } = get();
      const chosen = nodes.filter((node) => node.selected);
      if (chosen.length === 0) return;
      const ids = new Set(chosen.map((node) => node.id));
      set({
        clipboard: { nodes: chosen, edges: edges.filter((edge) => ids.has(edge.source) && ids.has(edge.target)) },
      });
      notify(chosen.length === 1 ? 'Copied one block' : `Copied ${chosen.length} blocks`);
    },

    paste: () => {
      const { clipboard, nodes, edges, descriptors } = get();
      if (!clipboard) return;
      const names = new Map<string, string>();
      const taken = new Set(nodes.map((node) => node.id));
      for (const node of clipboard.nodes) {
        const id = newBlockId(node.data.blockType, taken);
        taken.add(id);
        names.set(node.id, id);
      }
      const copies = clipboard.nodes.map((node) => ({
        ...makeNode(
          { id: names.get(node.id) ?? node.id, type: node.data.blockType },
          descriptors[node.data.blockType],
          0,
        ),
        data: structuredClone(node.data),
        position: { x: node.position.x + PASTE_SHIFT, y: node.position.y + PASTE_SHIFT },
        selected: true,
      }));
      const wires = clipboard.edges.map((edge) =>
        makeEdge({
          source: names.get(edge.source) ?? edge.source,
          target: names.get(edge.target) ?? edge.target,
          sourceHandle: edge.sourceHandle ?? 'o0',
          targetHandle: edge.targetHandle ?? 'i0',
        }),
      );
      change({
        nodes: [...nodes.map((node) => ({ ...node, selected: false })), ...copies],
        edges: [...edges, ...wires],
      });
      set({ clipboard: { nodes: copies, edges: wires } });
    },

    selectBlocks: (ids) => {
      set((state) => ({ ...onlySelected(state, new Set(ids)), isPanelOpen: state.isPanelOpen && ids.length === 1 }));
    },
    select: (id) => {
      get().selectBlocks([id]);
      get().openPanel(id);
    },
    openPanel: (id) => set((state) => ({ isPanelOpen: true, reveal: { id, count: (state.reveal?.count ?? 0) + 1 } })),
    closePanel: () => set({ isPanelOpen: false, reveal: null }),

    undo: () => {
      const state = get();
      const step = undo(state.history, drawing(state));
      if (step) set({ ...step.present, history: step.history });
    },

    redo: () => {
      const state = get();
      const step = redo(state.history, drawing(state));
      if (step) set({ ...step.present, history: step.history });
    },

    setMode: (mode) => set({ mode, isProductionConfirmed: false }),
    confirmProduction: () => set({ isProductionConfirmed: true, dialog: null }),
    setProblems: (problems) => set({ problems }),
    setSave: (save) => set({ save }),
    saved: (file, version) =>
      set((state) => ({
        file,
        version,
        save: { kind: 'saved' },
        flows: state.flows.includes(file) ? state.flows : [...state.flows, file].sort(),
      })),

    forget: (file) => set((state) => ({ flows: state.flows.filter((one) => one !== file) })),

    setRun: (run) => set({ run }),
    startRun: (id) => set((state) => ({ run: { ...NO_RUN, id, status: 'running', log: state.run.log } })),
    runEvent: (event) => set((state) => ({ run: afterEvent(state.run, event) })),
    setReconnecting: (isReconnecting) => set((state) => ({ run: { ...state.run, isReconnecting } })),
    setStopping: () => set((state) => ({ run: { ...state.run, isStopping: true } })),
    loseRun: (message) =>
      set((state) => ({
        run: addLine(
          { ...state.run, status: 'lost', isReconnecting: false, isStopping: false, error: message },
          { at: new Date().toISOString() },
          'error',
          'Flow',
          message,
        ),
      })),
    clearLog: () => set((state) => ({ run: { ...state.run, log: [] } })),
    openDialog: (dialog) => set({ dialog }),
    notify: (text, tone = 'info') => set((state) => ({ notice: { id: (state.notice?.id ?? 0) + 1, text, tone } })),
  };
});

/** The flow as it stands on the canvas. */
export function currentDocument(): FlowDocument {
  const { meta, nodes, edges } = useEditor.getState();
  return toDocument(meta, nodes, edges);
}
