import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import type { EdgeKey } from '../api/types';
import type { FormScope } from './useChoices';

const NONE: EdgeKey[] = [];

/** The keys of the block's incoming edge: from its last run, or, before any, from the flow's own data. */
export function useEdgeKeys({ flow, edge, version, lastRun }: FormScope, isEnabled: boolean): EdgeKey[] {
  const found = useQuery({
    queryKey: ['edgeKeys', flow, edge, version, lastRun],
    queryFn: () => api.edgeKeys(flow, edge),
    enabled: isEnabled && flow !== '' && edge !== '',
    staleTime: Infinity,
    retry: false,
    placeholderData: (before) => before,
  });
  return found.data?.keys ?? NONE;
}
