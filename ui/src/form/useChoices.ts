import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { api } from '../api/client';
import type { JsonObject, Mode } from '../api/types';
import type { Field } from './schema';

/** Where a form stands: the server needs it to say what a dropdown offers. */
export interface FormScope {
  /** The block of the flow, where the form is of one. */
  block?: string;
  blockType: string;
  flow: string;
  edge: string;
  mode: Mode;
  /** Changes when a run ended, since it may have brought new keys onto the edge. */
  lastRun: string;
  /** Changes when the flow is saved: its own data may bring other keys. */
  version: string;
}

const FRESH_MS = 60_000;

function question(field: Field, config: JsonObject, scope: FormScope, isAll: boolean, keys = '') {
  const { blockType, flow, edge, mode, lastRun } = scope;
  const source = `${field.options.choices ?? field.name}${isAll ? '?all' : ''}`;
  const hangsOn = Object.entries(config).filter(
    ([name, value]) => field.options.dependsOn?.includes(name) || typeof value === 'boolean',
  );
  return {
    queryKey: ['choices', source, { blockType, flow, edge, mode, lastRun }, hangsOn, keys] as const,
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      api.choices({ blockType, field: source, config, flow, edge, mode }, signal),
    staleTime: FRESH_MS,
    retry: false,
  };
}

interface Asking {
  isAll?: boolean;
  isEnabled: boolean;
  /** The keys of the edge that the choices are marked by. */
  keys?: string;
}

export function useChoices(field: Field, config: JsonObject, scope: FormScope, asking: Asking) {
  const { isAll = false, isEnabled, keys } = asking;
  return useQuery({ ...question(field, config, scope, isAll, keys), enabled: isEnabled });
}

/** Asks once, through the same cache. */
export function useAskChoices(scope: FormScope) {
  const client = useQueryClient();
  return useCallback(
    (field: Field, config: JsonObject) => client.fetchQuery(question(field, config, scope, false)),
    [client, scope],
  );
}
