import {
  Background,
  BackgroundVariant,
  ConnectionLineType,
  ControlButton,
  Controls,
  MiniMap,
  Panel,
  ReactFlow,
  useReactFlow,
  useStore,
  type EdgeTypes,
  type FinalConnectionState,
  type NodeTypes,
} from '@xyflow/react';
import { useEffect, useRef, useState, type DragEvent, type KeyboardEvent, type MouseEvent } from 'react';
import { BlockNode } from '../node/BlockNode';
import { NoteNode } from '../node/NoteNode';
import { focusNote, focusPanel } from '../state/focus';
import type { BlockNode as BlockNodeType, WireEdge as WireEdgeType } from '../state/document';
import { closesCircle, isNote } from '../state/document';
import { useEditor } from '../state/editor';
import type { Theme } from '../theme/useTheme';
import type { MenuPlace } from './ContextMenu';
import { BLOCK_MIME } from './dnd';
import styles from './Canvas.module.css';
import { comesLater } from '../parts/comesLater';
import { Icon } from '../parts/Icon';
import { FlowProblems } from './FlowProblems';
import { StartPanel } from '../start/StartPanel';
import type { Wish } from './QuickAdd';
import { USUAL_BLOCK, useReveal } from './reveal';
import { RunLabel } from './RunLabel';
import { WireEdge } from './WireEdge';
import { words } from './words';

const ContextMenu = comesLater(() => import('./ContextMenu'));
const QuickAdd = comesLater(() => import('./QuickAdd'));
const nodeTypes: NodeTypes = { block: BlockNode, note: NoteNode };
const edgeTypes: EdgeTypes = { wire: WireEdge };
const FIT = { padding: 0.08, maxZoom: 1 };
const HOME = { x: 0, y: 0, zoom: 1 };
const ROOM_FOR_MAP_PX = 900;
const LARGE_FLOW = 40;
const CONTROLS = 'input, button, select, textarea, label, a, summary, [role=group] [role=listbox]';
const HIDE_ATTRIBUTION = { hideAttribution: false };

/** The flow itself. */
export function Canvas({ theme }: { theme: Theme }) {
  const nodes = useEditor((state) => state.nodes);
  const edges = useEditor((state) => state.edges);
  const loads = useEditor((state) => state.loads);
  const changeNodes = useEditor((state) => state.changeNodes);
  const changeEdges = useEditor((state) => state.changeEdges);
  const connect = useEditor((state) => state.connect);
  const { addBlock, addNote, select, selectBlocks, openPanel, insert, connectTo, place } = useEditor.getState();
  const flow = useReactFlow<BlockNodeType, WireEdgeType>();
  // Of the blocks that are here now: React Flow itself still answers for those of the flow before.
  const isMeasured = nodes.every((node) => node.measured?.width !== undefined);
  const hasBlocks = nodes.length > 0;
  const isLarge = nodes.length > LARGE_FLOW;

  // A flow is fitted into view once, when it was opened; while it is drawn, the view stays where it is.
  const fitted = useRef(0);
  useEffect(() => {
    if (fitted.current === loads || (hasBlocks && !isMeasured && !isLarge)) return;
    fitted.current = loads;
    // Of a large flow only what is in view is drawn and measured, so its extent is reckoned from its blocks' places.
    if (isLarge) void flow.fitBounds(extent(useEditor.getState().nodes), FIT);
    else if (hasBlocks) void flow.fitView(FIT);
    else void flow.setViewport(HOME);
  }, [loads, hasBlocks, isLarge, isMeasured, flow]);

  const paneWidth = useStore((state) => state.width);
  useReveal();

  const [wish, setWish] = useState<Wish | null>(null);
  const [menu, setMenu] = useState<MenuPlace | null>(null);

  const onDrop = (event: DragEvent) => {
    const type = event.dataTransfer.getData(BLOCK_MIME);
    if (!type) return;
    event.preventDefault();
    const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    addBlock(type, { at: { x: at.x - 20, y: at.y - 20 }, onto: idAt(WIRE, event) });
  };

  /** A wire that ends on the body of a block takes its input; on the canvas, it asks what should stand there. */
  const onConnectEnd = (event: globalThis.MouseEvent | TouchEvent, { isValid, fromHandle }: FinalConnectionState) => {
    if (isValid === true || !fromHandle?.id) return;
    const screen = pointOf(event);
    const from = { block: fromHandle.nodeId, handle: fromHandle.id };
    const onto = idAt(BLOCK, screen);
    if (onto !== undefined) {
      if (onto !== from.block) connectTo(from, onto);
      return;
    }
    const isOnCanvas = document.elementFromPoint(screen.clientX, screen.clientY)?.closest('.react-flow') != null;
    const place = { x: screen.clientX, y: screen.clientY };
    if (isOnCanvas) setWish({ screen: place, at: flow.screenToFlowPosition(place), from });
  };

  const tidy = async () => {
    const layout = await import('../state/layout').catch(() => null);
    if (!layout) return;
    const { nodes: now, edges: wires } = useEditor.getState();
    place(layout.tidyPlaces(now, wires));
    requestAnimationFrame(() => void flow.fitView(FIT));
  };

  /** What the menu acts on: the block or wire under it, unless that is part of what is selected. */
  const onContextMenu = (event: MouseEvent, node?: BlockNodeType, edge?: WireEdgeType) => {
    if ((event.target as Element).closest('input, textarea, [contenteditable=true]')) return;
    event.preventDefault();
    if (node && !node.selected) selectBlocks([node.id]);
    if (edge && !edge.selected) {
      selectBlocks([]);
      changeEdges([{ id: edge.id, type: 'select', selected: true }]);
    }
    setMenu({ x: event.clientX, y: event.clientY });
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const isOnBlock = event.target instanceof HTMLElement && event.target.classList.contains('react-flow__node');
    if (event.key !== 'Enter' || !isOnBlock) return;
    const id = (event.target as HTMLElement).dataset['id'] ?? '';
    const isOnNote = nodes.some((node) => node.id === id && isNote(node));
    if (isOnNote) event.preventDefault();
    select(id);
    if (isOnNote) focusNote(id);
    else focusPanel();
  };

  const onNodeClick = ({ target, currentTarget, ctrlKey, metaKey, shiftKey }: MouseEvent, node: BlockNodeType) => {
    const isOnBlock = target instanceof Element && currentTarget.contains(target);
    if (!isOnBlock) return;
    const isAdding = ctrlKey || metaKey || shiftKey;
    // A press on the header, by which a block is dragged, selects by itself.
    if (target.closest('.block-header') === null && !isAdding) selectBlocks([node.id]);
    // Whoever uses the form on the block itself needs no second one, and no canvas that makes room for it.
    if (target.closest(CONTROLS) === null && !isAdding && !isNote(node)) openPanel(node.id);
  };

  return (
    <>
      <ReactFlow<BlockNodeType, WireEdgeType>
        className={styles.canvas ?? ''}
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        onNodesChange={changeNodes}
        onEdgesChange={changeEdges}
        onConnect={connect}
        onNodeClick={onNodeClick}
        onConnectEnd={onConnectEnd}
        onNodeDragStop={(event, node, moved) => {
          const onto = moved.length === 1 ? idAt(WIRE, pointOf(event)) : undefined;
          if (onto !== undefined) insert(node.id, onto);
        }}
        onNodeContextMenu={(event, node) => onContextMenu(event, node)}
        onSelectionContextMenu={(event) => onContextMenu(event)}
        onEdgeContextMenu={(event, edge) => onContextMenu(event, undefined, edge)}
        onPaneContextMenu={(event) => onContextMenu(event as MouseEvent)}
        // From the very first pixel: a block stays under the hand that holds it.
        nodeDragThreshold={0}
        nodeClickDistance={4}
        autoPanOnNodeDrag={false}
        autoPanOnConnect={false}
        autoPanOnSelection={false}
        isValidConnection={({ source, target }) => !closesCircle(edges, source, target)}
        onDrop={onDrop}
        onDragOver={(event) => {
          if (event.dataTransfer.types.includes(BLOCK_MIME)) event.preventDefault();
        }}
        onKeyDown={onKeyDown}
        deleteKeyCode={null}
        connectionLineType={ConnectionLineType.SmoothStep}
        connectionRadius={32}
        colorMode={theme}
        minZoom={0.05}
        maxZoom={2}
        onlyRenderVisibleElements={isLarge}
        fitViewOptions={FIT}
        proOptions={HIDE_ATTRIBUTION}
        aria-label="Flow canvas"
      >
        <Background variant={BackgroundVariant.Dots} gap={22} size={1.6} color="var(--dot)" />
        <Controls position="bottom-left" orientation={paneWidth < ROOM_FOR_MAP_PX ? 'horizontal' : 'vertical'}>
          <ControlButton aria-label={words.tidy} title={words.tidy} onClick={() => void tidy()}>
            <Icon icon="tidy" size={14} />
          </ControlButton>
        </Controls>
        {paneWidth >= ROOM_FOR_MAP_PX && (
          <MiniMap
            className={styles.map ?? ''}
            position="bottom-right"
            pannable
            zoomable
            nodeBorderRadius={4}
            ariaLabel="Mini-map"
          />
        )}
        <FlowProblems />
        <RunLabel />
        {nodes.length === 0 && (
          <Panel position="top-center" className={styles.empty ?? ''}>
            <StartPanel />
          </Panel>
        )}
      </ReactFlow>
      {wish && <QuickAdd key={`${wish.screen.x} ${wish.screen.y}`} wish={wish} onClose={() => setWish(null)} />}
      {menu && (
        <ContextMenu
          key={`${menu.x} ${menu.y}`}
          place={menu}
          onNote={() => focusNote(addNote(flow.screenToFlowPosition(menu)))}
          onTidy={() => void tidy()}
          onClose={() => setMenu(null)}
        />
      )}
    </>
  );
}

const BLOCK = '.react-flow__node';
const WIRE = '.react-flow__edge';

type ScreenPoint = Pick<globalThis.MouseEvent, 'clientX' | 'clientY'>;

function pointOf(event: globalThis.MouseEvent | TouchEvent): ScreenPoint {
  return 'changedTouches' in event ? (event.changedTouches[0] ?? { clientX: 0, clientY: 0 }) : event;
}

/** The block or wire at a point of the page, whatever lies over it. */
function idAt(what: string, { clientX, clientY }: ScreenPoint): string | undefined {
  const found = document.elementsFromPoint(clientX, clientY).flatMap((one) => one.closest<HTMLElement>(what) ?? []);
  return found[0]?.dataset['id'];
}

function extent(nodes: BlockNodeType[]): { x: number; y: number; width: number; height: number } {
  const lefts = nodes.map((node) => node.position.x);
  const tops = nodes.map((node) => node.position.y);
  const x = Math.min(...lefts);
  const y = Math.min(...tops);
  return {
    x,
    y,
    width: Math.max(...lefts) - x + USUAL_BLOCK.width,
    height: Math.max(...tops) - y + USUAL_BLOCK.height,
  };
}
