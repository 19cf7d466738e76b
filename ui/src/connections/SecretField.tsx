import { useQuery } from '@tanstack/react-query';
import { useState, type ChangeEvent } from 'react';
import { api } from '../api/client';
import type { SecretInfo } from '../api/types';
import { Combobox } from '../form/Combobox';
import type { OwnWidgetProps } from '../form/SchemaForm';
import styles from './Connections.module.css';
import { isKept, secretOf } from './kinds';
import { SecretValue } from './SecretValue';
import { words } from './words';

/** A value that goes in and never out: typed once, or the name of a secret. */
export function SecretField(props: OwnWidgetProps) {
  const { id, field, value, onChange } = props;
  const [isChoosing, setIsChoosing] = useState(false);
  // A reference that is typed letter by letter must not take the field away from under the keyboard.
  const [isTyping, setIsTyping] = useState(false);
  if (isKept(value)) {
    return (
      <p className={styles.kept}>
        {words.kept}{' '}
        <button
          id={id}
          type="button"
          className="button"
          aria-label={words.replaceFor(field.title)}
          onClick={() => onChange(null)}
        >
          {words.replace}
        </button>
      </p>
    );
  }
  if (isChoosing || (!isTyping && secretOf(value) !== null)) {
    return (
      <ChosenSecret
        {...props}
        onType={() => {
          setIsChoosing(false);
          onChange(null);
        }}
      />
    );
  }
  const shared = {
    id,
    'aria-describedby': props.describedBy,
    'aria-invalid': props.isInvalid || undefined,
    placeholder: words.secretPlaceholder,
    spellCheck: false,
    value: typeof value === 'string' ? value : '',
    onFocus: () => setIsTyping(true),
    onBlur: () => setIsTyping(false),
    onChange: (event: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => onChange(event.target.value),
  };
  return (
    <div className={styles.secret}>
      {field.schema.contentMediaType === undefined ? (
        <input {...shared} type="password" className="input" autoComplete="new-password" />
      ) : (
        <textarea {...shared} className={`input ${styles.hidden ?? ''}`} rows={3} autoComplete="off" />
      )}
      <button
        type="button"
        className="button"
        aria-label={words.useSecretFor(field.title)}
        onClick={() => {
          onChange(null);
          setIsChoosing(true);
        }}
      >
        {words.useSecret}
      </button>
    </div>
  );
}

function ChosenSecret(props: OwnWidgetProps & { onType: () => void }) {
  const { field, value, onChange } = props;
  const [isSetting, setIsSetting] = useState(false);
  const found = useQuery({ queryKey: ['secrets'], queryFn: api.secrets, retry: false });
  const secrets = found.data?.secrets ?? [];
  const name = secretOf(value);
  const chosen = secrets.find((one) => one.name === name);
  return (
    <div className={styles.rows}>
      <div className={styles.secret}>
        <Combobox
          label={field.title}
          inputId={props.id}
          describedBy={props.describedBy ?? ''}
          isInvalid={props.isInvalid}
          value={name === null ? [] : [`secrets.${name}`]}
          options={secrets.map((one) => ({
            value: `secrets.${one.name}`,
            label: `secrets.${one.name}`,
            hint: sourceOf(one),
            group: '',
          }))}
          isLoading={found.isPending}
          error={found.error?.message ?? null}
          emptyText={words.noSecrets}
          placeholder={words.chooseSecret}
          isCreatable
          onRetry={() => void found.refetch()}
          onChange={([next]) => onChange(next ? `secrets.${next.replace(/^secrets\./, '')}` : null)}
        />
        <button type="button" className="button" aria-label={words.typeInsteadFor(field.title)} onClick={props.onType}>
          {words.typeInstead}
        </button>
      </div>
      {name !== null && found.data && (
        <p className={chosen ? styles.soft : styles.warning}>
          {chosen ? sourceOf(chosen) : words.notSet(name)}{' '}
          {!isSetting && chosen?.source !== ENVIRONMENT && (
            <button type="button" className={styles.link} onClick={() => setIsSetting(true)}>
              {words.setValue(name)}
            </button>
          )}
        </p>
      )}
      {name !== null && isSetting && <SecretValue name={name} onDone={() => setIsSetting(false)} />}
    </div>
  );
}

const ENVIRONMENT = 'environment';

/** Where a secret comes from, in words. */
export function sourceOf(secret: SecretInfo): string {
  const where = secret.source === ENVIRONMENT ? words.isSetInEnvironment : words.isSet(secret.source);
  return secret.hasProduction ? `${where}, ${words.withProduction}` : where;
}
