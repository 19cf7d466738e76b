import { useEffect, useState } from 'react';
import { ApiError } from '../api/client';
import type { Json, JsonObject } from '../api/types';
import { Combobox } from './Combobox';
import { valueOf, type Field } from './schema';
import { words } from './words';
import { useChoices, type FormScope } from './useChoices';

interface Props {
  field: Field;
  config: JsonObject;
  scope: FormScope;
  describedBy: string | undefined;
  inputId: string;
  isInvalid: boolean;
  onChange: (value: Json) => void;
  onAutoSelect: (value: string) => void;
}

/** A dropdown whose choices the block's plugin offers, asked for when they are needed. */
export function ChoiceField({ field, config, scope, describedBy, inputId, isInvalid, onChange, onAutoSelect }: Props) {
  const { options } = field;
  const value = valueOf(field, config);
  const values = Array.isArray(value) ? value.map(String) : value === null ? [] : [String(value)];
  const isMulti = field.widget === 'multiSelect';
  const [isAll, setIsAll] = useState(false);
  const [wasOpened, setWasOpened] = useState(false);
  const isReady = (options.dependsOn ?? []).every((name) => config[name]);
  const isAsked = wasOpened || values.length > 0 || options.autoSelectSingle === true;
  const asked = useChoices(field, config, scope, isAll, isAsked && isReady);
  const found = asked.data?.choices ?? [];

  const only = options.autoSelectSingle && values.length === 0 && found.length === 1 ? found[0]?.value : undefined;
  useEffect(() => {
    if (only !== undefined) onAutoSelect(only);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- only a new single choice is selected by itself
  }, [only]);

  const error = asked.error instanceof ApiError ? `${asked.error.message} ${asked.error.hint}`.trim() : null;
  const isRunMissing = options.edgeKeys === true && asked.data?.edgeKeys.length === 0;
  return (
    <Combobox
      label={field.title}
      inputId={inputId}
      describedBy={describedBy}
      value={values}
      isMulti={isMulti}
      options={found}
      isLoading={asked.isFetching && !asked.data}
      error={error}
      emptyText={options.empty ?? ''}
      note={isRunMissing ? options.empty : undefined}
      placeholder={options.placeholder ?? (options.creatable ? '' : words.choose)}
      isCreatable={options.creatable ?? false}
      isClearable={options.clearable ?? false}
      isSolid={!options.creatable && !isMulti}
      isInvalid={isInvalid}
      showAll={options.showAll ? { label: options.showAll, isOn: isAll, onToggle: () => setIsAll(!isAll) } : undefined}
      onOpen={() => setWasOpened(true)}
      onRetry={() => void asked.refetch()}
      onChange={(next) => onChange(isMulti ? next : (next[0] ?? null))}
    />
  );
}
