import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/client';
import type { NotWrittenGroup, Report } from '../api/types';
import { RejectedItem } from '../inspector/RejectedItem';
import { ReportBar } from '../report/ReportBar';
import { Changes } from './Changes';
import { ErrorText } from '../parts/ErrorText';
import { Message } from '../parts/Message';
import { useEditor } from '../state/editor';
import styles from './ReportView.module.css';
import { words } from './words';

const SHOWN = 50;

/** A block's report as a picture, and what was not written, by reason. */
export default function ReportView({ block, report }: { block: string; report: Report }) {
  const [filter, setFilter] = useState('');
  const groups = (report.notWrittenGroups ?? []).filter((one) => !filter || one.outcome === filter);
  const { apiCalls, phases = [], api: used } = report;
  const left = apiCalls?.orgLimit && apiCalls.orgUsed !== null ? apiCalls.orgLimit - apiCalls.orgUsed : null;
  const total = phases.reduce((sum, phase) => sum + phase.ms, 0);
  return (
    <section className={styles.report} aria-label={words.report}>
      <h3>{words.report}</h3>
      {report.dryRun && <p className={styles.preview}>{words.preview}</p>}
      <ReportBar report={report} filter={filter} onFilter={setFilter} />
      <p className={styles.facts}>
        {apiCalls && <span>{words.calls(apiCalls.used)}</span>}
        {left !== null && <span>{words.left(left)}</span>}
        {used && used.name !== 'none' && <span title={used.reason}>{used.name}</span>}
      </p>
      {total > 0 && (
        <div
          className={styles.phases}
          role="img"
          aria-label={phases.map((one) => words.phase(one.name, one.ms)).join(', ')}
        >
          {phases.map((phase) => (
            <span key={phase.name} style={{ flexGrow: Math.max(phase.ms, total / 20) }}>
              {phase.name} {phase.ms}
            </span>
          ))}
        </div>
      )}
      <Changes report={report} />
      {groups.length > 0 && (
        <>
          <h3>{words.groups}</h3>
          {groups.map((group) => (
            <Group key={`${group.outcome} ${group.code}`} block={block} group={group} />
          ))}
        </>
      )}
    </section>
  );
}

function Group({ block, group }: { block: string; group: NotWrittenGroup }) {
  const run = useEditor((state) => state.run.id);
  const isFinished = useEditor((state) => state.run.status !== 'running');
  const [isOpen, setIsOpen] = useState(false);
  const found = useQuery({
    queryKey: ['notWritten', run, block, group.code],
    queryFn: () => api.notWritten(run ?? '', block, { offset: 0, limit: SHOWN, code: group.code }),
    enabled: isOpen && run !== null && isFinished,
    retry: false,
  });
  return (
    <details className={styles.group} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>
        <b>{group.count}</b> {group.outcome} · <code>{group.code}</code>
        <span className={styles.sample}>
          <Message text={group.sample} />
        </span>
      </summary>
      {found.data?.rows.map((row) => (
        <div key={row.index} className={styles.item}>
          <b>{words.item(row.index)}</b>
          <ul>
            {row.errors.map((error) => (
              <li key={error.message}>
                <Message text={error.message} />
              </li>
            ))}
          </ul>
          <RejectedItem item={row.data} />
        </div>
      ))}
      {found.data && found.data.total > SHOWN && <p>{words.moreItems(SHOWN, found.data.total)}</p>}
      <ErrorText error={found.error} />
    </details>
  );
}
