import { applyEdgeChanges, applyNodeChanges, type Connection, type EdgeChange, type NodeChange } from '@xyflow/react';
import { create } from 'zustand';
import type { About, Descriptor, Json, JsonObject, Mode, Problems } from '../api/types';
import { selectedPiece, type Piece } from './clipboard';
import {
  closesCircle,
  edgeId,
  fromDocument,
  isNote,
  makeEdge,
  makeNode,
  makeNotes,
  newBlockId,
  toDocument,
  withName,
  type BlockNode,
  type FlowMeta,
  type WireEdge,
} from './document';
import { emptyHistory, redo, remember, removalKey, undo, type History } from './history';
import { inputOf, insertion, outputOf, placeFor, rectOf, shiftOf, wireFor, type Ends } from './placing';
import { addLine, afterEvent, NO_RUN, type RunEvent, type RunKind, type RunState } from './run';
import type { FlowDocument } from '../api/types';
import type { Dialog, Notice, NoticeLink, PanelTab, SaveState } from './shown';

export type { Dialog, SaveState } from './shown';

interface Drawing {
  nodes: BlockNode[];
  edges: WireEdge[];
  meta: FlowMeta;
}

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
  history: History<Drawing>;
  beforeDrag: Drawing | null;
  problems: Problems;
  save: SaveState;
  run: RunState;
  dialog: Dialog | null;
  /** Whether the panel stands beside the canvas while one block is selected: a click opens it, a drag does not. */
  isPanelOpen: boolean;
  panelTab: PanelTab;
  /** The block whose form stands in the panel, and not on its node as well. */
  inPanel: string | null;
  /** The block that should be in view, and how often one was asked for. */
  reveal: { ids: string[]; count: number } | null;
  notice: Notice | null;

  start: (about: About) => void;
  load: (file: string | null, version: string | null, document: FlowDocument) => void;
  rename: (name: string) => void;
  changeNodes: (changes: NodeChange<BlockNode>[]) => void;
  changeEdges: (changes: EdgeChange<WireEdge>[]) => void;
  /** Beside what is selected and wired to it where that is clear; or at a place, at the end of a wire, within a wire. */
  addBlock: (
    type: string,
    where?: { at?: { x: number; y: number } | undefined; from?: WireStart | undefined; onto?: string | undefined },
  ) => string | null;
  /** On free ground, or at a place; answers with its id. */
  addNote: (at?: { x: number; y: number }) => string;
  /** Puts a block that is wired to nothing into a wire. */
  insert: (id: string, onto: string) => void;
  /** Ends a wire at the body of a block. */
  connectTo: (from: WireStart, id: string) => void;
  /** Moves blocks, as one step. */
  place: (places: Record<string, { x: number; y: number }>) => void;
  connect: (connection: Connection) => void;
  configure: (id: string, config: JsonObject, key: string | null) => void;
  configureSilently: (id: string, field: string, value: Json) => void;
  setFriendlyName: (id: string, name: string) => void;
  toggleCollapse: (id: string) => void;
  remove: (ids: { nodes?: string[]; edges?: string[] }) => void;
  duplicate: () => void;
  paste: (piece: Piece) => void;
  /** Puts blocks on an empty canvas, and all of them into view. */
  begin: (piece: Piece) => void;
  /** Changes what the flow says of itself. */
  describe: (meta: Partial<FlowMeta>) => void;
  /** Selects these blocks and nothing else. */
  selectBlocks: (ids: string[]) => void;
  /** Selects one block and opens its panel. */
  select: (id: string) => void;
  openPanel: (id: string) => void;
  showTab: (tab: PanelTab) => void;
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
  /** Shows a run that has begun; what it has said so far comes once more. */
  startRun: (id: string, kind: RunKind, isStopping?: boolean) => void;
  runEvent: (event: RunEvent) => void;
  setReconnecting: (isReconnecting: boolean) => void;
  setStopping: () => void;
  loseRun: (message: string) => void;
  clearLog: () => void;
  openDialog: (dialog: Dialog | null) => void;
  notify: (text: string, tone?: 'info' | 'error', links?: NoticeLink[]) => void;
}

/** The handle that a wire is drawn from. */
export interface WireStart {
  block: string;
  handle: string;
}

const NOTE_SIZE = { width: 240, height: 120 };
const NO_PROBLEMS: Problems = { flow: [], blocks: {} };

/** A wire from a handle to the body of a block, or backwards from an input to the block that feeds it. */
function endsFrom(
  { block, handle }: WireStart,
  node: BlockNode,
  edges: WireEdge[],
  descriptors: Record<string, Descriptor>,
): Ends | null {
  if (isNote(node)) return null;
  if (handle.startsWith('o')) {
    const targetHandle = inputOf(node, edges, descriptors);
    return targetHandle === null ? null : { source: block, sourceHandle: handle, target: node.id, targetHandle };
  }
  const sourceHandle = outputOf(node, edges, descriptors);
  return sourceHandle === null ? null : { source: node.id, sourceHandle, target: block, targetHandle: handle };
}

function drawing(state: Drawing): Drawing {
  return { nodes: state.nodes, edges: state.edges, meta: state.meta };
}

/** What was refused leaves when the flow is changed, taken back or left, when it runs, and as far as it leads to settings when they are ready. */
function withoutError({ notice }: EditorState): EditorState['notice'] {
  return notice?.tone === 'error' ? null : notice;
}

function nextReveal(before: EditorState['reveal'], ids: string[]): EditorState['reveal'] {
  return { ids, count: (before?.count ?? 0) + 1 };
}

/** The drawing with exactly these blocks selected, and no wire. */
function onlySelected(
  { nodes, edges }: Pick<Drawing, 'nodes' | 'edges'>,
  ids: Set<string>,
): Pick<Drawing, 'nodes' | 'edges'> {
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
    set((state) => ({ ...next, notice: withoutError(state), history: remember(state.history, drawing(state), key) }));

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
    problems: NO_PROBLEMS,
    save: { kind: 'saved' },
    run: NO_RUN,
    dialog: null,
    isPanelOpen: false,
    panelTab: 'settings',
    inPanel: null,
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
        notice: withoutError(state),
        problems: NO_PROBLEMS,
        save: { kind: 'saved' },
        run: { ...NO_RUN, log: state.file === file ? state.run.log : [] },
      })),

    rename: (name) => change({ meta: { ...get().meta, name } }, 'rename'),

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

    addBlock: (type, { at, from, onto } = {}) => {
      const { nodes, edges, descriptors, openPanel } = get();
      const descriptor = descriptors[type];
      if (!descriptor) return null;
      const id = newBlockId(
        type,
        nodes.map((node) => node.id),
      );
      const usual = wireFor(nodes, edges, descriptors, { id, inputs: descriptor.numInputs });
      const size = { width: descriptor.width, height: descriptor.height };
      const position = at ?? placeFor(nodes, descriptors, size, usual?.source);
      const node = makeNode({ id, type, position, config: structuredClone(descriptor.defaultConfig) }, descriptor, 0);
      const wire = edges.find((edge) => edge.id === onto);
      const between = wire && insertion(wire, node, edges, descriptors);
      const own = from ? endsFrom(from, node, [], descriptors) : usual;
      const added = between ?? (own ? [own] : []);
      const kept = between ? edges.filter((edge) => edge.id !== onto) : edges;
      change(onlySelected({ nodes: [...nodes, node], edges: [...kept, ...added.map(makeEdge)] }, new Set([id])));
      openPanel(id);
      return id;
    },

    addNote: (at) => {
      const { nodes, descriptors } = get();
      const position = at ?? placeFor(nodes, descriptors, NOTE_SIZE, undefined);
      const [note] = makeNotes(
        [{ text: '', position }],
        nodes.map((node) => node.id),
      );
      if (!note) return '';
      change(onlySelected({ nodes: [...nodes, note], edges: get().edges }, new Set([note.id])));
      set((state) => ({ isPanelOpen: false, reveal: nextReveal(state.reveal, [note.id]) }));
      return note.id;
    },

    insert: (id, onto) => {
      const { nodes, edges, descriptors, history } = get();
      const node = nodes.find((one) => one.id === id);
      const wire = edges.find((edge) => edge.id === onto);
      const isWired = edges.some((edge) => edge.source === id || edge.target === id);
      const between = node && wire && !isWired ? insertion(wire, node, edges, descriptors) : null;
      if (!between) return;
      // With the drag that brought the block here: one step to undo.
      set({ edges: [...edges.filter((edge) => edge.id !== onto), ...between.map(makeEdge)], history });
    },

    connectTo: (from, id) => {
      const { nodes, edges, descriptors, connect } = get();
      const node = nodes.find((one) => one.id === id);
      const ends = node && endsFrom(from, node, edges, descriptors);
      if (ends) connect(ends);
    },

    place: (places) =>
      change({ nodes: get().nodes.map((node) => ({ ...node, position: places[node.id] ?? node.position })) }),

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

    setFriendlyName: (id, friendlyName) => {
      const { nodes, descriptors } = get();
      const named = nodes.map((node) => (node.id === id ? withName(node, friendlyName, descriptors) : node));
      change({ nodes: named }, `name ${id}`);
    },

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

    duplicate: () => {
      const { nodes, edges, paste } = get();
      const piece = selectedPiece(nodes, edges);
      if (piece) paste(piece);
    },

    paste: (piece) => {
      const { nodes, edges, descriptors } = get();
      const names = new Map<string, string>();
      const taken = new Set(nodes.map((node) => node.id));
      for (const block of piece.blocks) {
        const id = newBlockId(block.type, taken);
        taken.add(id);
        names.set(block.id, id);
      }
      const blocks = piece.blocks.map((block, index) =>
        makeNode(
          { ...structuredClone(block), id: names.get(block.id) ?? block.id },
          descriptors[block.type],
          40 + index * 460,
        ),
      );
      const copies = [...blocks, ...makeNotes(piece.notes ?? [], [...taken])];
      const { x, y } = shiftOf(
        copies.map((node) => rectOf(node, descriptors)),
        nodes.map((node) => rectOf(node, descriptors)),
      );
      const placed = copies.map((node) => ({ ...node, position: { x: node.position.x + x, y: node.position.y + y } }));
      const wires = piece.edges.flatMap((edge) => {
        const source = names.get(edge.source);
        const target = names.get(edge.target);
        return source && target ? [makeEdge({ ...edge, id: undefined, source, target })] : [];
      });
      const ids = placed.map((node) => node.id);
      change(onlySelected({ nodes: [...nodes, ...placed], edges: [...edges, ...wires] }, new Set(ids)));
      set((state) => ({ isPanelOpen: ids.length === 1, reveal: nextReveal(state.reveal, ids) }));
    },

    begin: (piece) => {
      get().paste(piece);
      set((state) => ({ ...onlySelected(state, new Set()), isPanelOpen: false, loads: state.loads + 1 }));
    },
    describe: (meta) => change({ meta: { ...get().meta, ...meta } }, `describe ${Object.keys(meta).join(' ')}`),

    selectBlocks: (ids) => {
      set((state) => ({ ...onlySelected(state, new Set(ids)), isPanelOpen: state.isPanelOpen && ids.length === 1 }));
    },
    select: (id) => {
      get().selectBlocks([id]);
      get().openPanel(id);
    },
    openPanel: (id) =>
      set((state) => ({
        isPanelOpen: true,
        inPanel: id,
        panelTab: state.panelTab === 'wires' ? 'settings' : state.panelTab,
        reveal: nextReveal(state.reveal, [id]),
      })),
    showTab: (panelTab) => set({ panelTab }),
    closePanel: () => set({ isPanelOpen: false, inPanel: null, reveal: null }),

    undo: () => {
      const state = get();
      const step = undo(state.history, drawing(state));
      if (step) set({ ...step.present, history: step.history, notice: withoutError(state) });
    },

    redo: () => {
      const state = get();
      const step = redo(state.history, drawing(state));
      if (step) set({ ...step.present, history: step.history, notice: withoutError(state) });
    },

    setMode: (mode) => set({ mode, isProductionConfirmed: false }),
    confirmProduction: () => set({ isProductionConfirmed: true, dialog: null }),
    setProblems: (problems) =>
      set((state) => {
        const isReady = problems.flow.length === 0 && Object.values(problems.blocks).every((one) => one.length === 0);
        return { problems, notice: isReady && state.notice?.links.length ? withoutError(state) : state.notice };
      }),
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
    startRun: (id, kind, isStopping = false) =>
      set((state) => {
        const log = state.run.log.filter((line) => line.run !== id);
        return { notice: withoutError(state), run: { ...NO_RUN, id, kind, status: 'running', isStopping, log } };
      }),
    runEvent: (event) => set((state) => ({ run: afterEvent(state.run, event, (block) => nameOfBlock(state, block)) })),
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
    openDialog: (dialog) => {
      if (dialog && !get().dialog) opener = document.activeElement;
      set({ dialog });
    },
    notify: (text, tone = 'info', links = []) =>
      set((state) => ({ notice: { id: (state.notice?.id ?? 0) + 1, text, tone, links } })),
  };
});

let opener: Element | null = null;

/** What had the keyboard when a dialog was asked for: the dialog itself may come a moment later. */
export function dialogOpener(): Element | null {
  return opener;
}

/** What people call a block: the name that they gave it, else its type's. */
export function nameOfBlock({ nodes, descriptors }: Pick<EditorState, 'nodes' | 'descriptors'>, id: string): string {
  const node = nodes.find((one) => one.id === id);
  return node?.data.friendlyName || descriptors[node?.data.blockType ?? '']?.name || id;
}

/** The flow as it stands on the canvas. */
export function currentDocument(): FlowDocument {
  const { meta, nodes, edges } = useEditor.getState();
  return toDocument(meta, nodes, edges);
}
