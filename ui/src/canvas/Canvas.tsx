import {
  Background,
  BackgroundVariant,
  ConnectionLineType,
  Controls,
  MiniMap,
  Panel,
  ReactFlow,
  useReactFlow,
  useStore,
  type EdgeTypes,
  type NodeTypes,
} from '@xyflow/react';
import { useEffect, useRef, type DragEvent, type KeyboardEvent, type MouseEvent } from 'react';
import { BlockNode } from '../node/BlockNode';
import { focusPanel } from '../panel/focus';
import type { BlockNode as BlockNodeType, WireEdge as WireEdgeType } from '../state/document';
import { closesCircle } from '../state/document';
import { useEditor } from '../state/editor';
import type { Theme } from '../theme/useTheme';
import { BLOCK_MIME } from './dnd';
import styles from './Canvas.module.css';
import { FlowProblems } from './FlowProblems';
import { USUAL_BLOCK, useReveal } from './reveal';
import { WireEdge } from './WireEdge';
import { words } from './words';

const nodeTypes: NodeTypes = { block: BlockNode };
const edgeTypes: EdgeTypes = { wire: WireEdge };
const DELETE_KEYS = ['Delete', 'Backspace'];
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
  const { addBlock, select, selectBlocks, openPanel } = useEditor.getState();
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

  const onDrop = (event: DragEvent) => {
    const type = event.dataTransfer.getData(BLOCK_MIME);
    if (!type) return;
    event.preventDefault();
    const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    addBlock(type, { x: at.x - 20, y: at.y - 20 });
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const isOnBlock = event.target instanceof HTMLElement && event.target.classList.contains('react-flow__node');
    if (event.key !== 'Enter' || !isOnBlock) return;
    select((event.target as HTMLElement).dataset['id'] ?? '');
    focusPanel();
  };

  const onNodeClick = ({ target, currentTarget, ctrlKey, metaKey, shiftKey }: MouseEvent, node: BlockNodeType) => {
    const isOnBlock = target instanceof Element && currentTarget.contains(target);
    if (!isOnBlock) return;
    const isAdding = ctrlKey || metaKey || shiftKey;
    // A press on the header, by which a block is dragged, selects by itself.
    if (target.closest('.block-header') === null && !isAdding) selectBlocks([node.id]);
    // Whoever uses the form on the block itself needs no second one, and no canvas that makes room for it.
    if (target.closest(CONTROLS) === null && !isAdding) openPanel(node.id);
  };

  return (
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
      deleteKeyCode={DELETE_KEYS}
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
      <Controls position="bottom-left" orientation={paneWidth < ROOM_FOR_MAP_PX ? 'horizontal' : 'vertical'} />
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
      {nodes.length === 0 && (
        <Panel position="top-center" className={styles.empty ?? ''}>
          <b>{words.emptyTitle}</b>
          <p>{words.empty}</p>
        </Panel>
      )}
    </ReactFlow>
  );
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
