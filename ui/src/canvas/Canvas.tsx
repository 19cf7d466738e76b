import {
  Background,
  BackgroundVariant,
  ConnectionLineType,
  Controls,
  MiniMap,
  Panel,
  ReactFlow,
  useNodesInitialized,
  useReactFlow,
  type EdgeTypes,
  type NodeTypes,
} from '@xyflow/react';
import { useEffect, useRef, type DragEvent, type KeyboardEvent } from 'react';
import { BlockNode } from '../node/BlockNode';
import { focusPanel } from '../panel/focus';
import type { BlockNode as BlockNodeType, WireEdge as WireEdgeType } from '../state/document';
import { closesCircle } from '../state/document';
import { useEditor } from '../state/editor';
import type { Theme } from '../theme/useTheme';
import { BLOCK_MIME } from './dnd';
import styles from './Canvas.module.css';
import { WireEdge } from './WireEdge';
import { words } from './words';

const nodeTypes: NodeTypes = { block: BlockNode };
const edgeTypes: EdgeTypes = { wire: WireEdge };
const DELETE_KEYS = ['Delete', 'Backspace'];
const FIT = { padding: 0.08, maxZoom: 1 };
const HOME = { x: 0, y: 0, zoom: 1 };
const HIDE_ATTRIBUTION = { hideAttribution: false };

/** The flow itself. */
export function Canvas({ theme }: { theme: Theme }) {
  const nodes = useEditor((state) => state.nodes);
  const edges = useEditor((state) => state.edges);
  const loads = useEditor((state) => state.loads);
  const changeNodes = useEditor((state) => state.changeNodes);
  const changeEdges = useEditor((state) => state.changeEdges);
  const connect = useEditor((state) => state.connect);
  const addBlock = useEditor((state) => state.addBlock);
  const flow = useReactFlow<BlockNodeType, WireEdgeType>();
  const isMeasured = useNodesInitialized();
  const hasBlocks = nodes.length > 0;

  // A flow is fitted into view once, when it was opened; while it is drawn, the view stays where it is.
  const fitted = useRef(0);
  useEffect(() => {
    if (fitted.current === loads || (hasBlocks && !isMeasured)) return;
    fitted.current = loads;
    if (hasBlocks) void flow.fitView(FIT);
    else void flow.setViewport(HOME);
  }, [loads, hasBlocks, isMeasured, flow]);

  const onDrop = (event: DragEvent) => {
    const type = event.dataTransfer.getData(BLOCK_MIME);
    if (!type) return;
    event.preventDefault();
    const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    addBlock(type, { x: at.x - 20, y: at.y - 20 });
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const isOnBlock = event.target instanceof HTMLElement && event.target.classList.contains('react-flow__node');
    if (event.key === 'Enter' && isOnBlock) focusPanel();
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
      minZoom={0.15}
      maxZoom={2}
      onlyRenderVisibleElements={nodes.length > 40}
      fitViewOptions={FIT}
      proOptions={HIDE_ATTRIBUTION}
      aria-label="Flow canvas"
    >
      <Background variant={BackgroundVariant.Dots} gap={22} size={1.6} color="var(--dot)" />
      <Controls position="bottom-left" />
      <MiniMap
        className={styles.map ?? ''}
        position="bottom-right"
        pannable
        zoomable
        nodeBorderRadius={4}
        ariaLabel="Mini-map"
      />
      {nodes.length === 0 && (
        <Panel position="top-center" className={styles.empty ?? ''}>
          <b>{words.emptyTitle}</b>
          <p>{words.empty}</p>
        </Panel>
      )}
    </ReactFlow>
  );
}
