import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { api } from '../api/client';
import { ErrorText } from '../parts/ErrorText';
import { useEditor } from '../state/editor';
import { recheck } from '../state/session';
import styles from './Connections.module.css';
import { words } from './words';

/** Takes a secret's value and hands it to the server; nothing of it stays in the page. */
export function SecretValue({ name, onDone }: { name: string; onDone: () => void }) {
  const id = useId();
  const client = useQueryClient();
  const [value, setValue] = useState('');
  const [isProduction, setIsProduction] = useState(false);
  const store = useMutation({
    mutationFn: () => api.setSecret(name, { value, production: isProduction }),
    gcTime: 0,
    onSuccess: () => {
      setValue('');
      void client.invalidateQueries({ queryKey: ['secrets'] });
      recheck();
      useEditor.getState().notify(words.stored(name));
      onDone();
    },
  });
  return (
    <div className={styles.secretValue} role="group" aria-label={words.setValue(name)}>
      <label htmlFor={id}>{words.value}</label>
      <textarea
        id={id}
        className={`input ${styles.hidden ?? ''}`}
        rows={value.includes('\n') ? 4 : 1}
        autoComplete="off"
        spellCheck={false}
        value={value}
        onChange={(event) => setValue(event.target.value)}
      />
      <label className={styles.inline}>
        <input type="checkbox" checked={isProduction} onChange={(event) => setIsProduction(event.target.checked)} />
        {words.forProduction}
      </label>
      <div className={styles.actions}>
        <button
          type="button"
          className="button primary"
          disabled={value === '' || store.isPending}
          onClick={() => store.mutate()}
        >
          {words.store}
        </button>
        <button type="button" className="button" onClick={onDone}>
          {words.cancel}
        </button>
      </div>
      <ErrorText error={store.error} />
    </div>
  );
}
