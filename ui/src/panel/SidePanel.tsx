import type { Problem } from '../api/types';
import { Combobox } from '../form/Combobox';
import { BlockForm, hasForm } from '../form/BlockForm';
import { comesLater } from '../parts/comesLater';
import { Icon } from '../parts/Icon';
import { Message } from '../parts/Message';
import { closesCircle, isNote, type BlockNode } from '../state/document';
import { useEditor } from '../state/editor';
import { inspect } from '../state/inspect';
import { sayProblem } from '../state/problems';
import type { PanelTab } from '../state/shown';
import { isUnderWay } from '../state/run';
import { startRun } from '../state/running';
import { readableHeader } from '../theme/color';
import { focusBlock } from '../state/focus';
import { Resizer, useSize } from '../parts/Resizer';
import styles from './SidePanel.module.css';
import { words } from './words';

const WIDTH = { usual: 380, least: 300, most: 760 };
const NONE: Problem[] = [];
const ReportDialog = comesLater(() => import('./ReportView'));

/** Everything about the selected block: its form, its wires, its report. */
export function SidePanel() {
  const node = useEditor((state) => {
    if (!state.isPanelOpen) return undefined;
    const chosen = state.nodes.filter((one) => one.selected);
    return chosen.length === 1 && chosen[0] && !isNote(chosen[0]) ? chosen[0] : undefined;
  });
  if (!node) return null;
  return <BlockPanel key={node.id} node={node} />;
}

function BlockPanel({ node }: { node: BlockNode }) {
  const { id, data } = node;
  const descriptor = useEditor((state) => state.descriptors[data.blockType]);
  const run = useEditor((state) => state.run.blocks[id]);
  const isRunning = useEditor((state) => isUnderWay(state.run));
  const { setFriendlyName, remove, closePanel, duplicate } = useEditor.getState();
  const [width, setWidth] = useSize('ziggy-panel-width', WIDTH);
  const unplaced = useEditor((state) => state.problems.blocks[id] ?? NONE).filter(
    (one) => descriptor?.configSchema.properties?.[one.path.split('/')[1] ?? ''] === undefined,
  );
  const name = descriptor?.name ?? data.blockType;
  const tab = useEditor((state) => state.panelTab);
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- Escape leads back to the canvas
    <aside
      className={styles.panel}
      style={{ width }}
      aria-label={words.panel}
      data-region="panel"
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) focusBlock(id);
      }}
    >
      <Resizer label={words.resize} side="left" size={width} limits={WIDTH} onResize={setWidth} />
      <header className={styles.header} style={{ background: readableHeader(descriptor?.headerColor ?? '#44678c') }}>
        <Icon icon={descriptor?.icon ?? 'cube'} size={22} />
        <h2 id="panel-title" tabIndex={-1}>
          {name}
        </h2>
        <button type="button" className="icon-button" aria-label={words.close} onClick={closePanel}>
          <Icon icon="close" />
        </button>
      </header>
      <div className={styles.content}>
        {run?.error && (
          <p className={styles.error} role="alert">
            {run.error}
          </p>
        )}
        {unplaced.length > 0 && (
          <ul className={styles.problems} aria-label={words.problems}>
            {unplaced.map((one) => (
              <li key={one.message}>
                <Message text={sayProblem(one, descriptor)} />
              </li>
            ))}
          </ul>
        )}
        <Tabs tab={tab} />
        <div id="panel-part" role="tabpanel" aria-labelledby={`panel-${tab}`} className={styles.part}>
          {tab === 'settings' && (
            <>
              {descriptor && hasForm(descriptor.configSchema.properties) && (
                <section aria-label={words.settings}>
                  <BlockForm id={id} data={data} isCompact={false} />
                </section>
              )}
              <label className={styles.name}>
                {words.name}
                <input
                  className="input"
                  value={data.friendlyName ?? ''}
                  placeholder={name}
                  onChange={(event) => setFriendlyName(id, event.target.value)}
                />
              </label>
            </>
          )}
          {tab === 'result' &&
            (run?.report?.counts ? (
              <ReportDialog block={id} report={run.report} />
            ) : (
              <p className={styles.soft}>{run ? words.noReport(run.ms) : words.noResult}</p>
            ))}
          {tab === 'wires' && <Wires node={node} />}
        </div>
        <div className={styles.actions}>
          <button type="button" className="button" disabled={isRunning} onClick={() => void startRun({ until: id })}>
            <Icon icon="skip" size={15} /> {words.upTo}
          </button>
          <button type="button" className="button" onClick={duplicate}>
            <Icon icon="copy" size={15} /> {words.duplicate}
          </button>
          <button type="button" className="button" onClick={() => remove({ nodes: [id] })}>
            <Icon icon="trash" size={15} /> {words.remove}
          </button>
        </div>
      </div>
    </aside>
  );
}

const TABS: PanelTab[] = ['settings', 'result', 'wires'];

function Tabs({ tab }: { tab: PanelTab }) {
  const { showTab } = useEditor.getState();
  const step = (by: number) => {
    const next = TABS[(TABS.indexOf(tab) + by + TABS.length) % TABS.length] ?? tab;
    showTab(next);
    document.getElementById(`panel-${next}`)?.focus();
  };
  return (
    <div className={styles.tabs} role="tablist" aria-label={words.panel}>
      {TABS.map((one) => (
        <button
          key={one}
          id={`panel-${one}`}
          type="button"
          role="tab"
          aria-selected={one === tab}
          aria-controls="panel-part"
          tabIndex={one === tab ? 0 : -1}
          onClick={() => showTab(one)}
          onKeyDown={(event) => {
            if (event.key === 'ArrowRight') step(1);
            else if (event.key === 'ArrowLeft') step(-1);
          }}
        >
          {words[one]}
        </button>
      ))}
    </div>
  );
}

function Wires({ node }: { node: BlockNode }) {
  const nodes = useEditor((state) => state.nodes);
  const edges = useEditor((state) => state.edges);
  const counts = useEditor((state) => state.run.counts);
  const descriptors = useEditor((state) => state.descriptors);
  const { connect, remove } = useEditor.getState();
  const nameOf = (id: string) => {
    const found = nodes.find((one) => one.id === id);
    return found?.data.friendlyName || descriptors[found?.data.blockType ?? '']?.name || id;
  };
  const own = edges.filter((edge) => edge.source === node.id || edge.target === node.id);
  const outputs = descriptors[node.data.blockType]?.outputLabels ?? [];
  const targets = nodes
    .filter((one) => one.id !== node.id && !closesCircle(edges, node.id, one.id))
    .flatMap((one) =>
      (descriptors[one.data.blockType]?.inputLabels ?? []).map((label, at, all) => ({
        value: `${one.id}\n${at}`,
        label: all.length > 1 ? `${nameOf(one.id)}: ${label}` : nameOf(one.id),
        hint: one.id,
        group: '',
      })),
    );
  return (
    <section className={styles.wires} aria-label={words.wires}>
      <ul>
        {own.map((edge) => {
          const number =
            outputsOf(descriptors, nodes, edge.source) > 1 ? ` ${Number(edge.sourceHandle?.slice(1)) + 1}` : '';
          const from = nameOf(edge.source) + number;
          const to = nameOf(edge.target);
          return (
            <li key={edge.id}>
              <span>{words.wire(from, to)}</span>
              {counts[edge.id] !== undefined && (
                <button
                  type="button"
                  className={styles.count}
                  aria-label={words.inspect(counts[edge.id] ?? 0, from, to)}
                  onClick={() => inspect(edge.id)}
                >
                  {counts[edge.id]?.toLocaleString('en')}
                </button>
              )}
              <button
                type="button"
                className="icon-button"
                aria-label={words.removeWire(from, to)}
                onClick={() => remove({ edges: [edge.id] })}
              >
                <Icon icon="close" size={14} />
              </button>
            </li>
          );
        })}
        {own.length === 0 && <li className={styles.soft}>{words.noWires}</li>}
      </ul>
      {outputs.map((label, at) => (
        <div key={at} data-connect={at} className={styles.connect}>
          <span aria-hidden>{words.connect(at + 1, label)}</span>
          <Combobox
            label={words.connect(at + 1, label)}
            value={[]}
            options={targets}
            placeholder={words.connectHint}
            emptyText={words.noTargets}
            onChange={([chosen]) => {
              const [target, input] = (chosen ?? '').split('\n');
              if (!target) return;
              connect({ source: node.id, sourceHandle: `o${at}`, target, targetHandle: `i${input ?? '0'}` });
            }}
          />
        </div>
      ))}
    </section>
  );
}

type State = ReturnType<typeof useEditor.getState>;

function outputsOf(descriptors: State['descriptors'], nodes: State['nodes'], id: string): number {
  const type = nodes.find((one) => one.id === id)?.data.blockType ?? '';
  return descriptors[type]?.numOutputs ?? 1;
}
