import { Handle, Position, useUpdateNodeInternals, type NodeProps } from '@xyflow/react';
import { memo, useEffect, useState } from 'react';
import type { Descriptor, Problem, UiSchema } from '../api/types';
import { BlockForm, hasForm } from '../form/BlockForm';
import { BlockSummary } from '../form/BlockSummary';
import type { BlockNode as BlockNodeType } from '../state/document';
import { useEditor } from '../state/editor';
import { focusConnect, focusPanel } from '../state/focus';
import { sayProblem } from '../state/problems';
import type { BlockRun } from '../state/run';
import { showField } from '../state/running';
import { SIGN } from '../state/verdict';
import { readableHeader } from '../theme/color';
import styles from './BlockNode.module.css';
import { Icon } from '../parts/Icon';
import { ReportBar } from '../report/ReportBar';
import { words } from './words';

const NONE: Problem[] = [];
// Of a block whose type is not installed nobody knows more than that it may be wired.
const ONE_HANDLE = ['Items'];
const MOST_LIVE_FORMS = 40;
const FIRST_HANDLE_PX = 46;
const HANDLE_STEP_PX = 46;

/** A block on the canvas: header, handles, and its form. */
export const BlockNode = memo(function BlockNode({ id, data, selected }: NodeProps<BlockNodeType>) {
  const descriptor = useEditor((state) => state.descriptors[data.blockType]);
  const run = useEditor((state) => state.run.blocks[id]);
  const problems = useEditor((state) => state.problems.blocks[id] ?? NONE);
  const openDialog = useEditor((state) => state.openDialog);
  const toggleCollapse = useEditor((state) => state.toggleCollapse);
  const isFormLive = useEditor((state) => state.nodes.length <= MOST_LIVE_FORMS) || selected;
  // The same form stands in the panel beside it.
  const isInPanel =
    useEditor((state) => state.isPanelOpen && state.inPanel === id) && selected && !isReading(descriptor);
  const updateInternals = useUpdateNodeInternals();
  const name = data.friendlyName || descriptor?.name || data.blockType;

  useEffect(() => updateInternals(id), [data.collapse, isInPanel, id, updateInternals]);

  const isReady = problems.length === 0 && descriptor !== undefined;
  const reasons = descriptor
    ? problems.map((one) => sayProblem(one, descriptor).replaceAll('`', ''))
    : [words.unknownType(data.blockType)];
  const color = readableHeader(descriptor?.headerColor ?? '#44678c');
  return (
    <div
      className={[styles.block, selected ? styles.selected : '', styles[run?.status ?? 'idle']].join(' ')}
      style={{ width: widthOf(descriptor?.width ?? 240, data.collapse) }}
      data-block={id}
    >
      <header className={`block-header ${styles.header ?? ''}`} style={{ background: color }}>
        <Icon icon={descriptor?.icon ?? 'cube'} size={22} />
        {isReady ? (
          <span className={styles.dotReady} role="img" aria-label={words.ready} title={words.ready} />
        ) : (
          <button
            type="button"
            className={`nodrag ${styles.headerButton ?? ''}`}
            aria-label={`${words.notReady(reasons.length)}: ${reasons.join(' ')}`}
            title={reasons.join('\n')}
            onClick={() => {
              // The panel says the rest.
              const [first] = problems;
              if (first) {
                showField({ block: id, path: first.path });
              } else {
                useEditor.getState().select(id);
                focusPanel();
              }
            }}
          >
            <span className={styles.dotProblem}>!</span>
          </button>
        )}
        <span className={styles.name} title={name}>
          {name}
          {data.friendlyName && <small>{descriptor?.name}</small>}
        </span>
        <span className={styles.time}>{run?.ms === null || run === undefined ? '' : `${run.ms}ms`}</span>
        {run && (run.error !== null || run.report?.verdict) && <ResultMark run={run} />}
        <button
          type="button"
          className={`nodrag ${styles.headerButton ?? ''}`}
          aria-label={words.help(name)}
          onClick={() => openDialog({ kind: 'help', blockType: data.blockType })}
        >
          <span className={styles.question}>?</span>
        </button>
        <button
          type="button"
          className={`nodrag ${styles.headerButton ?? ''}`}
          aria-label={data.collapse ? words.expand(name) : words.collapse(name)}
          aria-expanded={!data.collapse}
          onClick={() => toggleCollapse(id)}
        >
          <Icon icon={data.collapse ? 'expand' : 'collapse'} size={18} />
        </button>
      </header>
      {run?.status === 'running' && <Progress id={id} />}
      {!descriptor && !data.collapse && <p className={styles.body}>{reasons[0]}</p>}
      {descriptor && !data.collapse && (
        <div className={`nodrag nowheel nopan nokey ${styles.body ?? ''}`}>
          {hasForm(descriptor.configSchema.properties) ? (
            isFormLive && !isInPanel ? (
              <BlockForm id={id} data={data} isCompact />
            ) : (
              <BlockSummary data={data} />
            )
          ) : (
            <span className={styles.emblem}>
              <Icon icon={descriptor.icon} size={40} />
              <span className="visually-hidden">{descriptor.info}</span>
            </span>
          )}
        </div>
      )}
      {run?.report?.counts && <ReportBar report={run.report} isSmall />}
      <Handles id={id} kind="target" labels={descriptor?.inputLabels ?? ONE_HANDLE} isDense={data.collapse} />
      <Handles id={id} kind="source" labels={descriptor?.outputLabels ?? ONE_HANDLE} isDense={data.collapse} />
    </div>
  );
});

/** How a block did in the run that is shown: another thing than whether it is ready for the next one. */
function ResultMark({ run }: { run: BlockRun }) {
  const state = run.status === 'error' ? 'nothing' : (run.report?.verdict?.state ?? 'complete');
  const text = run.status === 'error' ? words.ended : (run.report?.verdict?.sentence ?? words.done);
  const name = words.result(text, run.report?.dryRun === true);
  return (
    <span className={`${styles.result ?? ''} ${styles[state] ?? ''}`} role="img" aria-label={name} title={name}>
      {SIGN[state]}
    </span>
  );
}

/** Whether there is nothing on the node to be set: test data are read there, and typed in the panel. */
function isReading(descriptor: Descriptor | undefined): boolean {
  const names = Object.keys(descriptor?.configSchema.properties ?? {});
  return names.every((name) => (descriptor?.uiSchema[name] as UiSchema | undefined)?.['ui:widget'] === 'code');
}

function widthOf(width: number, isCollapsed: boolean): number {
  return isCollapsed ? Math.min(width, 340) : width;
}

function Progress({ id }: { id: string }) {
  const progress = useEditor((state) => state.run.blocks[id]?.progress);
  const total = progress?.total ?? 0;
  return (
    <div className={styles.progress}>
      <progress max={Math.max(total, 1)} value={total > 0 ? progress?.done : undefined} aria-label={words.running} />
      <span>
        {progress ? words.progress(progress.phase, progress.done, progress.total) : `${words.running}…`}
        {progress && progress.failures > 0 && ` · ${words.failures(progress.failures)}`}
      </span>
      <Quiet id={id} />
    </div>
  );
}

const QUIET_MS = 10_000;

/** Says that a running block has had nothing to tell for a while: what it talks to may hang. */
function Quiet({ id }: { id: string }) {
  const newsAt = useEditor((state) => state.run.blocks[id]?.newsAt ?? '');
  const [quietSince, setQuietSince] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setQuietSince(newsAt), QUIET_MS);
    return () => clearTimeout(timer);
  }, [newsAt]);
  return (
    <span role="status" className={styles.quiet}>
      {quietSince === newsAt && newsAt !== '' && words.quiet(new Date(newsAt).toLocaleTimeString('en-GB'))}
    </span>
  );
}

interface HandlesProps {
  id: string;
  kind: 'source' | 'target';
  labels: string[];
  /** On a block that is only its header they share its height. */
  isDense: boolean;
}

function Handles({ id, kind, labels, isDense }: HandlesProps) {
  const isOutput = kind === 'source';
  return labels.map((label, at) => {
    const name = isOutput ? words.output(at + 1, label) : words.input(at + 1, label);
    const usual = labels.length > 1 ? FIRST_HANDLE_PX + at * HANDLE_STEP_PX : undefined;
    const top = isDense && labels.length > 1 ? `${((at + 0.5) / labels.length) * 100}%` : usual;
    return (
      <Handle
        key={at}
        id={`${isOutput ? 'o' : 'i'}${at}`}
        type={kind}
        position={isOutput ? Position.Right : Position.Left}
        className={styles.handle ?? ''}
        style={top === undefined ? {} : { top }}
        title={name}
        role={isOutput ? 'button' : 'img'}
        aria-label={name}
        tabIndex={isOutput ? 0 : -1}
        onKeyDown={(event) => {
          if (!isOutput || (event.key !== 'Enter' && event.key !== ' ')) return;
          event.preventDefault();
          event.stopPropagation();
          useEditor.getState().select(id);
          useEditor.getState().showTab('wires');
          focusConnect(at);
        }}
      >
        {labels.length > 1 && (
          <span className={styles.number} aria-hidden>
            {at + 1}
          </span>
        )}
      </Handle>
    );
  });
}
