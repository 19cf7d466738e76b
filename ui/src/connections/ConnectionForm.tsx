import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useMemo, useState } from 'react';
import { api } from '../api/client';
import type { ConnectionInfo, ConnectionTypeInfo, Mode, Problem, SentConnection } from '../api/types';
import { SchemaForm } from '../form/SchemaForm';
import { ErrorText } from '../parts/ErrorText';
import { useEditor } from '../state/editor';
import { recheck } from '../state/session';
import styles from './Connections.module.css';
import { copyOf, draftOf, formOf, kindsOf, sentOf, strangers, type Draft } from './kinds';
import { SecretField } from './SecretField';
import { TestResult } from './TestResult';
import { words } from './words';

const SCOPE = { blockType: '', flow: '', edge: '', mode: 'DEV' as const, lastRun: '', version: '' };
const WIDGETS = { secret: SecretField };
const EMPTY: Draft = { kind: null, values: {} };
const PARTS = { DEV: 'development', PROD: 'production' } as const;

interface Props {
  /** The connection to change; without one a new one is made. */
  connection: ConnectionInfo | null;
  types: ConnectionTypeInfo[];
  onDirty: () => void;
  onDone: () => void;
}

/** A connection's form, drawn from its type's schema: what it is called, how it logs in, and its values by mode. */
export function ConnectionForm({ connection, types, onDirty, onDone }: Props) {
  const ids = { name: useId(), help: useId(), type: useId() };
  const client = useQueryClient();
  const [typeName, setTypeName] = useState(connection?.type ?? types[0]?.type ?? '');
  const type = types.find((one) => one.type === typeName);
  const [name, setName] = useState(connection?.name ?? '');
  const [drafts, setDrafts] = useState<Record<Mode, Draft | null>>(() => ({
    DEV: connection && type ? draftOf(type, connection.development) : EMPTY,
    PROD: connection?.production && type ? draftOf(type, connection.production) : null,
  }));
  const [mode, setMode] = useState<Mode>('DEV');
  const [problems, setProblems] = useState<Problem[]>([]);
  const [missing, setMissing] = useState('');
  const draft = drafts[mode];

  const body = (): SentConnection => ({
    type: typeName,
    isNew: connection === null,
    development: sent(drafts.DEV ?? EMPTY),
    production: drafts.PROD ? sent(drafts.PROD) : null,
  });
  const sent = (one: Draft) => (type ? sentOf(type, one) : { kind: null, config: {}, kept: [] });

  const test = useMutation({ mutationFn: () => api.testConnection(name.trim() || 'new', mode, body()), gcTime: 0 });
  const save = useMutation({
    mutationFn: () => api.saveConnection(name.trim(), body()),
    gcTime: 0,
    onSuccess: (answer) => {
      setProblems(answer.problems);
      const first = answer.problems[0];
      if (first) {
        setMode(first.path.startsWith('/production') ? 'PROD' : 'DEV');
        return;
      }
      for (const key of ['connections', 'secrets', 'choices']) void client.invalidateQueries({ queryKey: [key] });
      recheck();
      useEditor.getState().notify(words.saved(name.trim()));
      onDone();
    },
  });

  const change = (next: Draft | null) => {
    setDrafts((before) => ({ ...before, [mode]: next }));
    setProblems([]);
    test.reset();
    onDirty();
  };
  const submit = (action: () => void, isNamed: boolean) => {
    const lacks = isNamed && name.trim() === '' ? words.nameNeeded : needsKind(type, draft) ? words.kindNeeded : '';
    setMissing(lacks);
    if (lacks === '') action();
  };
  const shown = problems
    .filter((one) => one.path.startsWith(`/${PARTS[mode]}/`))
    .map((one) => ({ ...one, path: one.path.slice(PARTS[mode].length + 1) }));

  return (
    <form
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit(() => save.mutate(), true);
      }}
    >
      <div className={styles.field}>
        <label htmlFor={ids.name}>{words.name}</label>
        <input
          id={ids.name}
          className="input"
          aria-describedby={ids.help}
          value={name}
          readOnly={connection !== null}
          spellCheck={false}
          onChange={(event) => {
            setName(event.target.value);
            onDirty();
          }}
        />
        <p id={ids.help} className={styles.soft}>
          {words.nameHelp}
        </p>
      </div>
      {types.length > 1 && (
        <div className={styles.field}>
          <label htmlFor={ids.type}>{words.type}</label>
          <select
            id={ids.type}
            className="input"
            disabled={connection !== null}
            value={typeName}
            onChange={(event) => {
              setTypeName(event.target.value);
              setDrafts({ DEV: EMPTY, PROD: null });
            }}
          >
            {types.map((one) => (
              <option key={one.type} value={one.type}>
                {one.label}
              </option>
            ))}
          </select>
        </div>
      )}
      <Tabs mode={mode} onMode={setMode} />
      <div id="connection-values" role="tabpanel" aria-label={words.modes[mode]} className={styles.rows}>
        {draft === null && (
          <div className={styles.rows}>
            <p>{words.noProduction}</p>
            <button type="button" className="button" onClick={() => change(copyOf(drafts.DEV ?? EMPTY))}>
              {words.addProduction}
            </button>
          </div>
        )}
        {draft !== null && type && (
          <Values key={`${mode} ${typeName}`} type={type} draft={draft} problems={shown} onChange={change} />
        )}
        {draft !== null && mode === 'PROD' && (
          <button type="button" className={styles.link} onClick={() => change(null)}>
            {words.removeProduction}
          </button>
        )}
      </div>
      <div role="alert" className={styles.bad}>
        {missing || (problems.length > 0 ? words.problems(problems.length) : '')}
      </div>
      <ErrorText error={save.error} />
      <TestResult report={test.data} error={test.error} />
      <div className={styles.footer}>
        <button type="submit" className="button primary" disabled={save.isPending}>
          {words.save}
        </button>
        <button
          type="button"
          className="button"
          disabled={draft === null || test.isPending}
          onClick={() => submit(() => test.mutate(), false)}
        >
          {test.isPending ? words.testing : words.test}
        </button>
        <button type="button" className="button" onClick={onDone}>
          {words.cancel}
        </button>
      </div>
    </form>
  );
}

function needsKind(type: ConnectionTypeInfo | undefined, draft: Draft | null): boolean {
  return type !== undefined && draft !== null && kindsOf(type).length > 0 && draft.kind === null;
}

function Tabs({ mode, onMode }: { mode: Mode; onMode: (mode: Mode) => void }) {
  return (
    <div className={styles.tabs} role="tablist" aria-label={words.values}>
      {(['DEV', 'PROD'] as const).map((one) => (
        <button
          key={one}
          id={`connection-${one}`}
          type="button"
          role="tab"
          aria-selected={one === mode}
          aria-controls="connection-values"
          tabIndex={one === mode ? 0 : -1}
          onClick={() => onMode(one)}
          onKeyDown={(event) => {
            if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
            const other = one === 'DEV' ? 'PROD' : 'DEV';
            onMode(other);
            document.getElementById(`connection-${other}`)?.focus();
          }}
        >
          {words.modes[one]}
        </button>
      ))}
    </div>
  );
}

interface ValuesProps {
  type: ConnectionTypeInfo;
  draft: Draft;
  problems: Problem[];
  onChange: (draft: Draft) => void;
}

/** How it logs in, and the fields of that kind. */
function Values({ type, draft, problems, onChange }: ValuesProps) {
  const group = useId();
  const kinds = kindsOf(type);
  const form = useMemo(() => formOf(type, draft.kind), [type, draft.kind]);
  const isChosen = kinds.length === 0 || draft.kind !== null;
  return (
    <>
      {kinds.length > 0 && (
        <fieldset className={styles.kinds}>
          <legend>{words.kind}</legend>
          {kinds.map((kind, at) => (
            <label key={kind.title ?? at} className={styles.kind}>
              <input
                type="radio"
                name={group}
                checked={draft.kind === at}
                onChange={() => onChange({ ...draft, kind: at })}
              />
              <b>{kind.title}</b>
              <small>{kind.description}</small>
            </label>
          ))}
        </fieldset>
      )}
      {strangers(type, draft).map((name) => (
        <p key={name} className={styles.warning}>
          {words.stranger(name)}{' '}
          <button
            type="button"
            className="button"
            onClick={() => {
              const rest = Object.entries(draft.values).filter(([other]) => other !== name);
              onChange({ ...draft, values: Object.fromEntries(rest) });
            }}
          >
            {words.remove}
          </button>
        </p>
      ))}
      {isChosen && <Fields key={draft.kind} form={form.needed} draft={draft} problems={problems} onChange={onChange} />}
      {isChosen && Object.keys(form.optional.schema.properties).length > 0 && (
        <details className={styles.optional} open={form.optional.names.some((name) => name in draft.values)}>
          <summary>{words.optional}</summary>
          <Fields form={form.optional} draft={draft} problems={problems} onChange={onChange} />
        </details>
      )}
    </>
  );
}

interface FieldsProps extends Omit<ValuesProps, 'type'> {
  form: ReturnType<typeof formOf>['needed'];
}

function Fields({ form, draft, problems, onChange }: FieldsProps) {
  return (
    <SchemaForm
      schema={form.schema}
      ui={form.ui}
      config={draft.values}
      scope={SCOPE}
      problems={problems}
      isStrict
      widgets={WIDGETS}
      onChange={(values) => onChange({ ...draft, values })}
      onAutoSelect={() => undefined}
      onNotice={() => undefined}
    />
  );
}
