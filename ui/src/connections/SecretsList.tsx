import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { api } from '../api/client';
import { ErrorText } from '../parts/ErrorText';
import styles from './Connections.module.css';
import { sourceOf } from './SecretField';
import { SecretValue } from './SecretValue';
import { words } from './words';

const NAME = /^[A-Za-z_$][\w$]*$/;

/** The names of the project's secrets; each can be given a new value, none can be read. */
export function SecretsList() {
  const id = useId();
  const found = useQuery({ queryKey: ['secrets'], queryFn: api.secrets, retry: false });
  const [setting, setSetting] = useState<string | null>(null);
  const [name, setName] = useState('');
  const [isBad, setIsBad] = useState(false);
  const isNew = setting !== null && !found.data?.secrets.some((one) => one.name === setting);
  return (
    <div className={styles.rows}>
      <p className={styles.soft}>{words.secretsHelp}</p>
      {found.isPending && <p>{words.loading}</p>}
      <ErrorText error={found.error} />
      {found.data?.secrets.length === 0 && <p>{words.noneYet}</p>}
      <ul className={styles.list} aria-label={words.secrets}>
        {found.data?.secrets.map((one) => (
          <li key={one.name} className={styles.row}>
            <div className={styles.line}>
              <b className={styles.grow}>{one.name}</b>
              <span className={styles.soft}>{sourceOf(one)}</span>
              {one.source !== 'environment' && (
                <button
                  type="button"
                  className="button"
                  aria-label={words.replaceFor(one.name)}
                  onClick={() => setSetting(one.name)}
                >
                  {words.replace}
                </button>
              )}
            </div>
            {setting === one.name && <SecretValue name={one.name} onDone={() => setSetting(null)} />}
          </li>
        ))}
      </ul>
      {found.isPending ? null : isNew ? (
        <div className={styles.row}>
          <b>{setting}</b>
          <SecretValue
            name={setting}
            onDone={() => {
              setSetting(null);
              setName('');
            }}
          />
        </div>
      ) : (
        <form
          className={styles.rows}
          onSubmit={(event) => {
            event.preventDefault();
            setIsBad(!NAME.test(name.trim()));
            if (NAME.test(name.trim())) setSetting(name.trim());
          }}
        >
          <label htmlFor={id}>{words.secretName}</label>
          <div className={styles.secret}>
            <input
              id={id}
              className="input"
              spellCheck={false}
              value={name}
              aria-invalid={isBad || undefined}
              onChange={(event) => setName(event.target.value)}
            />
            <button type="submit" className="button">
              {words.newSecret}
            </button>
          </div>
          {isBad && (
            <p role="alert" className={styles.bad}>
              {words.badName}
            </p>
          )}
        </form>
      )}
    </div>
  );
}
