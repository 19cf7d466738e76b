import { useEffect, useMemo, useState } from 'react';
import { ApiError } from '../api/client';
import type { Choice, EdgeKey, Json, JsonObject } from '../api/types';
import { Combobox } from './Combobox';
import { valueOf, type Field } from './schema';
import styles from './SchemaForm.module.css';
import { useChoices, type FormScope } from './useChoices';
import { useEdgeKeys } from './useEdgeKeys';
import { words } from './words';

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
  const isByKeys = options.edgeKeys === true || isMulti;
  const keys = useEdgeKeys(scope, isByKeys && (isAsked || wasOpened));
  const names = isByKeys ? keys.map((one) => one.key).join('\n') : '';
  const asked = useChoices(field, config, scope, { isAll, isEnabled: isAsked && isReady, keys: names });
  const found = useMemo(
    () => marked(asked.data?.choices ?? NONE, options.edgeKeys ? keys : []),
    [asked.data, keys, options.edgeKeys],
  );
  const repeated = options.edgeKeys ? keys.find((one) => one.key === values[0])?.repeated : 0;

  const only = options.autoSelectSingle && values.length === 0 && found.length === 1 ? found[0]?.value : undefined;
  useEffect(() => {
    if (only !== undefined) onAutoSelect(only);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- only a new single choice is selected by itself
  }, [only]);

  const error = asked.error instanceof ApiError ? `${asked.error.message} ${asked.error.hint}`.trim() : null;
  const isRunMissing = options.edgeKeys === true && asked.data?.edgeKeys.length === 0;
  return (
    <>
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
        showAll={
          options.showAll ? { label: options.showAll, isOn: isAll, onToggle: () => setIsAll(!isAll) } : undefined
        }
        onOpen={() => setWasOpened(true)}
        onRetry={() => void asked.refetch()}
        onChange={(next) => onChange(isMulti ? next : (next[0] ?? null))}
      />
      {repeated ? <p className={styles.warning}>{words.repeated(repeated)}</p> : null}
    </>
  );
}

const NONE: Choice[] = [];

/** Keys whose values come more than once say so where they are chosen. */
function marked(choices: Choice[], keys: EdgeKey[]): Choice[] {
  const repeated = new Set(keys.filter((one) => one.repeated > 0).map((one) => one.key));
  if (repeated.size === 0) return choices;
  return choices.map((one) =>
    repeated.has(one.value) ? { ...one, hint: [one.hint, words.notUnique].filter(Boolean).join(' · ') } : one,
  );
}
