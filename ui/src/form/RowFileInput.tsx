import { useState } from 'react';
import { api, ApiError } from '../api/client';
import type { RowFile } from '../api/types';
import styles from './CodeField.module.css';
import { words } from './words';

const KINDS = '.csv,.tsv,.txt,.json,.jsonl,.ndjson,.xlsx,.xlsm,.ods,.xls,.parquet,.arrow,.feather,.ipc,.gz';

interface Asked {
  file: File;
  options: Record<string, string>;
  error: ApiError;
}

/** Takes a file of rows, which the server reads as the commands do; what is uncertain about it is asked. */
export function RowFileInput({ label, onRead }: { label: string; onRead: (name: string, read: RowFile) => void }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const [isReading, setReading] = useState(false);
  const read = async (file: File, options: Record<string, string>) => {
    setAsked(null);
    setReading(true);
    try {
      onRead(file.name, await api.rows(file, options));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setAsked({ file, options, error });
    } finally {
      setReading(false);
    }
  };
  return (
    <>
      <label className={`button ${styles.file ?? ''}`}>
        {isReading ? words.reading : label}
        <input
          type="file"
          className="visually-hidden"
          accept={KINDS}
          aria-label={label}
          onChange={(event) => {
            const [file] = event.target.files ?? [];
            if (file) void read(file, {});
            event.target.value = '';
          }}
        />
      </label>
      {asked && (
        <div role="alert">
          <p className={styles.bad}>{words.notRead(`${asked.error.message} ${asked.error.hint}`.trim())}</p>
          {asked.error.choices.map((choice) => (
            <button
              key={choice}
              type="button"
              className={`button ${styles.choice ?? ''}`}
              onClick={() => void read(asked.file, { ...asked.options, [asked.error.option]: choice })}
            >
              {words.readAs(asked.error.option, choice)}
            </button>
          ))}
        </div>
      )}
    </>
  );
}
