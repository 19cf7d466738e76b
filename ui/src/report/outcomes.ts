import type { Report } from '../api/types';

/** How the items of a run ended, as parts of a bar. */

export interface Part {
  key: string;
  label: string;
  count: number;
  color: string;
  /** The outcome that its items carry in the report; empty for those that were written. */
  outcome: string;
}

const PARTS: Omit<Part, 'count'>[] = [
  { key: 'created', label: 'Created', color: 'var(--written)', outcome: '' },
  { key: 'updated', label: 'Updated', color: 'var(--updated)', outcome: '' },
  { key: 'wouldCreate', label: 'Would be created', color: 'var(--written)', outcome: '' },
  { key: 'wouldUpdate', label: 'Would be updated', color: 'var(--updated)', outcome: '' },
  { key: 'invalid', label: 'Invalid', color: 'var(--invalid)', outcome: 'invalid' },
  { key: 'failed', label: 'Failed', color: 'var(--failed)', outcome: 'failed' },
  { key: 'unprocessed', label: 'Unprocessed', color: 'var(--unprocessed)', outcome: 'unprocessed' },
  { key: 'unknown', label: 'Unknown', color: 'var(--unknown)', outcome: 'unknown' },
];

/** The parts of a report's bar that hold at least one item. */
export function partsOf(report: Report): Part[] {
  const counts: Record<string, number> = {
    ...report.counts,
    created: report.created ?? 0,
    updated: report.updated ?? 0,
  };
  return PARTS.map((part) => ({ ...part, count: counts[part.key] ?? 0 })).filter((part) => part.count > 0);
}

export function sentenceOf(parts: Part[]): string {
  return parts.length === 0 ? 'No items' : parts.map((part) => `${part.count} ${part.label.toLowerCase()}`).join(', ');
}
