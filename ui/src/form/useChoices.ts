import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { api } from '../api/client';
import type { JsonObject, Mode } from '../api/types';
import type { Field } from './schema';

/** Where a form stands: the server needs it to say what a dropdown offers. */
export interface FormScope {
  blockType: string;
  flow: string;
  edge: string;
  mode: Mode;
  /** Changes when a run ended, since it may have brought new keys onto the edge. */
  lastRun: string;
}

const FRESH_MS = 60_000;

function question(field: Field, config: JsonObject, scope: FormScope, isAll: boolean) {
  const source = `${field.options.choices ?? field.name}${isAll ? '?all' : ''}`;
  const hangsOn = Object.entries(config).filter(
    ([name, value]) => field.options.dependsOn?.includes(name) || typeof value === 'boolean',
  );
  return {
    queryKey: ['choices', source, scope, hangsOn] as const,
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      api.choices(
        { blockType: scope.blockType, field: source, config, flow: scope.flow, edge: scope.edge, mode: scope.mode },
        signal,
      ),
    staleTime: FRESH_MS,
    retry: false,
  };
}

export function useChoices(field: Field, config: JsonObject, scope: FormScope, isAll: boolean, isEnabled: boolean) {
  return useQuery({ ...question(field, config, scope, isAll), enabled: isEnabled });
}

/** Asks once, through the same cache. */
export function useAskChoices(scope: FormScope) {
  const client = useQueryClient();
  return useCallback(
    (field: Field, config: JsonObject) => client.fetchQuery(question(field, config, scope, false)),
    [client, scope],
  );
}
