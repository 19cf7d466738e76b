import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState, type ComponentType } from 'react';
import { exactText, parseExact } from '../api/exact';
import type { Json, JsonObject, JsonSchema, Problem, UiSchema } from '../api/types';
import { Icon } from '../parts/Icon';
import { Message } from '../parts/Message';
import { refusedText, setRefused } from '../state/pending';
import { ChoiceField } from './ChoiceField';
import { CodeField } from './CodeField';
import { Combobox } from './Combobox';
import {
  dependents,
  enumOptions,
  fieldsOf,
  isVisible,
  sectionsOf,
  unfit,
  valueOf,
  withValue,
  type Field,
} from './schema';
import styles from './SchemaForm.module.css';
import { useAskChoices, type FormScope } from './useChoices';
import { comesLater } from '../parts/comesLater';
import { words } from './words';

const MappingDialog = comesLater(() => import('./MappingField'), { meanwhile: <p>{words.loading}</p> });

/** What a widget is given that a form brings itself. */
export interface OwnWidgetProps {
  id: string;
  field: Field;
  value: Json;
  describedBy: string | undefined;
  isInvalid: boolean;
  onChange: (value: Json) => void;
}

export interface SchemaFormProps {
  schema: JsonSchema;
  ui: UiSchema;
  config: JsonObject;
  scope: FormScope;
  problems: Problem[];
  /** The node on the canvas shows the same form without what is collapsed. */
  isCompact?: boolean;
  /** Someone asked for the form to be accepted: what is missing is wrong now, too. */
  isStrict?: boolean;
  path?: string;
  /** The whole of the settings, where the form is of a group of them. */
  root?: JsonObject;
  /** A problem in the words of the form. */
  say?: (problem: Problem) => string;
  /** Widgets that only some forms have, by name. */
  widgets?: Record<string, ComponentType<OwnWidgetProps>>;
  onChange: (config: JsonObject, key: string | null) => void;
  onAutoSelect: (field: string, value: string) => void;
  onNotice: (text: string) => void;
}

/** Numbers the changes of all forms: one block's settings stand in two of them. */
let lastStep = 0;

function nextStep(): number {
  lastStep += 1;
  return lastStep;
}

/** The form of any block, drawn from its config schema and UI schema. */
export function SchemaForm(props: SchemaFormProps) {
  const { schema, ui, config, scope, isCompact = false, path = '' } = props;
  const fields = useMemo(() => fieldsOf(schema, ui, path), [schema, ui, path]);
  const sections = useMemo(() => sectionsOf(fields, ui['ui:sections']), [fields, ui]);
  const ask = useAskChoices(scope);

  // What is set while the server is asked must not be undone by its answer.
  const latest = useRef(props);
  useLayoutEffect(() => {
    latest.current = props;
  });

  /** Sets a field and clears what hangs on it and is no longer offered; says so. Both are one step to undo. */
  const change = async (field: Field, value: Json) => {
    const next = withValue(config, field, value);
    const isTyped = field.widget === 'text' || field.widget === 'number' || field.widget === 'code';
    const key = isTyped ? `type ${scope.blockType} ${field.path}` : `set ${field.path} ${nextStep()}`;
    props.onChange(next, key);
    let expected = next;
    const cleared: { dependent: Field; before: Json; kept: Json; gone: string[] }[] = [];
    for (const dependent of dependents(fields, field.name)) {
      const before = expected[dependent.name];
      if (before === undefined || before === null) continue;
      if (dependent.options.dependsOn?.some((name) => !expected[name])) continue;
      const offered = await ask(dependent, expected).catch(() => null);
      if (!offered) continue;
      const gone = unfit(before, offered.choices);
      if (gone.length === 0) continue;
      const kept = Array.isArray(before) ? before.filter((one) => !gone.includes(String(one))) : null;
      expected = withValue(expected, dependent, kept);
      cleared.push({ dependent, before, kept, gone });
    }
    const { config: now, onChange, onNotice } = latest.current;
    if (now[field.name] !== next[field.name]) return;
    const unchanged = cleared.filter(({ dependent, before }) => now[dependent.name] === before);
    if (unchanged.length === 0) return;
    onChange(
      unchanged.reduce((all, { dependent, kept }) => withValue(all, dependent, kept), now),
      key,
    );
    for (const { dependent, gone } of unchanged) {
      onNotice(words.noLongerFits(dependent.title, gone, typeof value === 'string' ? value : field.title));
    }
  };

  return (
    <div className={styles.form}>
      {sections.map((section, at) => {
        const shown = section.fields.filter(
          (field) => isVisible(field, config) && !(isCompact && field.widget === 'group'),
        );
        if (shown.length === 0) return null;
        const drawn = shown.map((field) => (
          <FieldRow key={field.path} field={field} form={props} onChange={(value) => void change(field, value)} />
        ));
        const body = <div className={section.isColumns ? styles.columns : styles.rows}>{drawn}</div>;
        return section.title ? (
          <fieldset key={section.title} className={styles.section}>
            <legend>{section.title}</legend>
            {body}
          </fieldset>
        ) : (
          <div key={at} className={styles.section}>
            {body}
          </div>
        );
      })}
    </div>
  );
}

interface RowProps {
  field: Field;
  form: SchemaFormProps;
  onChange: (value: Json) => void;
}

function FieldRow({ field, form, onChange }: RowProps) {
  const id = useId();
  const problems = form.problems.filter((one) => one.path === field.path || one.path.startsWith(`${field.path}/`));
  const isGroup = field.widget === 'group';
  const own = isGroup ? problems.filter((one) => one.path === field.path) : problems;
  const [isHelpOpen, setIsHelpOpen] = useState(false);
  // What is still empty is not wrong before someone has been there.
  const [isTouched, setIsTouched] = useState(false);
  const isEmpty = form.config[field.name] === undefined;
  // What is still missing is said by the block's dot; the field turns red when it holds something wrong.
  const isInvalid = own.length > 0 && (!isEmpty || form.isStrict === true);
  const describedBy = [isHelpOpen && field.help ? `${id}-help` : '', own.length > 0 ? `${id}-problem` : '']
    .filter(Boolean)
    .join(' ');
  const indent = (field.options.indent ?? 0) * 12;
  const help = field.help && !form.isCompact && (
    <button
      type="button"
      className={styles.help}
      aria-label={words.help(field.title)}
      aria-expanded={isHelpOpen}
      onClick={() => setIsHelpOpen(!isHelpOpen)}
    >
      ?
    </button>
  );
  return (
    <div
      className={styles.field}
      data-field={field.path}
      onBlur={() => setIsTouched(true)}
      style={indent > 0 ? { marginLeft: indent } : undefined}
    >
      {field.widget !== 'checkbox' && !isGroup && (
        <div className={styles.labelRow}>
          <label id={`${id}-label`} htmlFor={id}>
            {field.title}
          </label>
          {help}
        </div>
      )}
      <Widget
        id={id}
        field={field}
        form={form}
        help={help}
        describedBy={describedBy || undefined}
        isInvalid={isInvalid}
        onChange={onChange}
      />
      {isHelpOpen && (
        <p id={`${id}-help`} className={styles.helpText}>
          {field.help}
        </p>
      )}
      {own.length > 0 && !form.isCompact && (!isEmpty || form.isStrict || isTouched) && (
        <ul id={`${id}-problem`} className={isInvalid ? styles.problem : styles.missing}>
          {own.map((one) => (
            <li key={one.message}>
              <Message text={form.say?.(one) ?? one.message} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

interface WidgetProps extends RowProps {
  id: string;
  help: React.ReactNode;
  describedBy: string | undefined;
  isInvalid: boolean;
}

/** The one table of widgets. */
function Widget({ id, field, form, help, describedBy, isInvalid, onChange }: WidgetProps) {
  const value = valueOf(field, form.config);
  const aria = { id, 'aria-describedby': describedBy, 'aria-invalid': isInvalid || undefined };
  const Own = form.widgets?.[field.widget];
  if (Own) return <Own {...{ id, field, value, describedBy, isInvalid, onChange }} />;
  switch (field.widget) {
    case 'checkbox':
      return (
        <div className={styles.labelRow}>
          <label className={styles.check}>
            <input
              type="checkbox"
              aria-describedby={describedBy}
              checked={value === true}
              onChange={(event) => onChange(event.target.checked)}
            />
            {field.title}
          </label>
          {help}
        </div>
      );
    case 'select':
    case 'multiSelect':
      if (field.options.choices) {
        return (
          <ChoiceField
            field={field}
            config={form.config}
            scope={form.scope}
            inputId={id}
            describedBy={describedBy}
            isInvalid={isInvalid}
            onChange={onChange}
            onAutoSelect={(only) => form.onAutoSelect(field.name, only)}
          />
        );
      }
      return (
        <Combobox
          label={field.title}
          inputId={id}
          describedBy={describedBy}
          isInvalid={isInvalid}
          value={value === null ? [] : [String(value)]}
          options={enumOptions(field)}
          onChange={(next) => onChange(next[0] ?? null)}
        />
      );
    case 'number':
      return (
        <input
          {...aria}
          className="input"
          type="number"
          min={field.schema.minimum}
          max={field.schema.maximum}
          value={typeof value === 'number' ? value : ''}
          onChange={(event) => onChange(event.target.value === '' ? null : event.target.valueAsNumber)}
        />
      );
    case 'code':
      return (
        <CodeField
          id={id}
          label={field.title}
          value={value}
          isCompact={form.isCompact ?? false}
          describedBy={describedBy}
          onChange={onChange}
        />
      );
    case 'mapping':
      return <MappingOrSummary id={id} field={field} form={form} onChange={onChange} />;
    case 'group':
      return <Group field={field} form={form} onChange={onChange} />;
    case 'text':
      return (
        <input
          {...aria}
          className="input"
          placeholder={exampleOf(field)}
          value={typeof value === 'string' ? value : ''}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    default:
      return <JsonField aria={aria} field={field} block={form.scope.block} value={value} onChange={onChange} />;
  }
}

/** A mapping needs room: on the node stands what it holds. */
function MappingOrSummary({ id, field, form, onChange }: RowProps & { id: string }) {
  const value = form.config[field.name];
  const pairs: JsonObject = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  if (form.isCompact) return <p className={styles.mapped}>{words.mapped(Object.keys(pairs).length)}</p>;
  return (
    <MappingDialog
      id={id}
      field={field}
      pairs={pairs}
      config={form.root ?? form.config}
      scope={form.scope}
      onChange={(next) => onChange(Object.keys(next).length > 0 ? next : field.isRequired ? {} : null)}
    />
  );
}

function exampleOf(field: Field): string {
  const examples = (field.schema.examples ?? []).filter((one) => typeof one === 'string');
  return examples.length > 0 ? words.example(examples.join(', ')) : '';
}

function Group({ field, form, onChange }: RowProps) {
  const value = form.config[field.name];
  const inner: JsonObject = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  return (
    <details className={styles.group} open={!field.options.collapsed}>
      <summary>
        {field.title}
        {Object.keys(inner).length > 0 && <span className={styles.count}>{Object.keys(inner).length}</span>}
      </summary>
      {field.help && <p className={styles.helpText}>{field.help}</p>}
      <SchemaForm
        {...form}
        root={form.root ?? form.config}
        schema={field.schema}
        ui={field.ui}
        config={inner}
        path={field.path}
        onChange={(next) => onChange(next)}
        onAutoSelect={() => undefined}
      />
    </details>
  );
}

interface JsonFieldProps {
  aria: { id: string; 'aria-describedby': string | undefined };
  field: Field;
  block: string | undefined;
  value: Json;
  onChange: (value: Json) => void;
}

const jsonText = (value: Json) => (value === null ? '' : exactText(value, 2));

/** Whatever no widget can draw, as JSON. What is no JSON is not stored: the field says so, a run asks for it, and where
 * the form is closed it waits for the next time. */
function JsonField({ aria, field, block, value, onChange }: JsonFieldProps) {
  const key = block === undefined ? aria.id : `${block} ${field.path}`;
  const [unstored] = useState(() => refusedText(key, jsonText(value)));
  const [text, setText] = useState(() => unstored ?? jsonText(value));
  const [isBad, setIsBad] = useState(unstored !== undefined);
  // The value that the text stands for; another one was set elsewhere, or by an undo.
  const [known, setKnown] = useState(() => jsonText(value));
  const now = jsonText(value);
  if (now !== known) {
    setKnown(now);
    setText(now);
    setIsBad(false);
  }
  useEffect(() => {
    setRefused(key, isBad ? { text, known, label: field.title, block } : null);
    return () => {
      if (block === undefined) setRefused(key, null);
    };
  }, [key, isBad, text, known, field.title, block]);
  const type = (typed: string) => {
    setText(typed);
    let parsed: Json = null;
    try {
      if (typed.trim() !== '') parsed = parseExact(typed) as Json;
    } catch {
      setIsBad(true);
      return;
    }
    setIsBad(false);
    setKnown(jsonText(parsed));
    onChange(parsed);
  };
  return (
    <>
      <textarea
        {...aria}
        aria-invalid={isBad || undefined}
        className={`input ${styles.json ?? ''}`}
        rows={4}
        value={text}
        onChange={(event) => type(event.target.value)}
      />
      {isBad && (
        <p className={styles.problem} role="alert">
          <Icon icon="close" size={12} /> {words.badJson}
        </p>
      )}
    </>
  );
}
