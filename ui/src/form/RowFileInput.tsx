import { useState, type ReactNode } from 'react';
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

interface Reading {
  read: (file: File) => void;
  /** Takes away what was said of the last file, unless it asks something. */
  forget: () => void;
  isReading: boolean;
  /** Why a file was not read, and what may be chosen. */
  question: ReactNode;
}

const PASTED = 'pasted.csv';

/** Whether pasted text is meant as a table: a line of names, then others; no JSON, nor a piece of it. */
export function looksLikeTable(text: string): boolean {
  const [header = '', ...rest] = text.trim().split(/\r?\n/, 2);
  if (rest.length === 0 || /^\s*[[{]/.test(text) || /^\s*["']?[\w$ ]+["']?\s*:/.test(header)) return false;
  return /[,;|\t]/.test(header);
}

/** A table that is pasted, as a file; its first mark says how its letters are encoded. */
export function pastedTable(text: string): File {
  return new File(['\ufeff', text], PASTED);
}

/** Reads files of rows: the server does it, as the commands do; what is uncertain about one is asked. */
export function useRowFile(onRead: (file: File, read: RowFile) => void): Reading {
  const [asked, setAsked] = useState<Asked | null>(null);
  const [isReading, setReading] = useState(false);
  const read = async (file: File, options: Record<string, string>) => {
    setAsked(null);
    setReading(true);
    try {
      onRead(file, await api.rows(file, options));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setAsked({ file, options, error });
    } finally {
      setReading(false);
    }
  };
  const said = asked?.file.name === PASTED ? words.notPasted : words.notRead;
  const question = asked && (
    <div role="alert">
      <p className={styles.bad}>{said(`${asked.error.message} ${asked.error.hint}`.trim())}</p>
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
  );
  return {
    read: (file) => void read(file, {}),
    forget: () => setAsked((last) => (last && last.error.choices.length > 0 ? last : null)),
    isReading,
    question,
  };
}

/** Takes a file of rows from the hand. */
export function RowFileInput({ label, rows }: { label: string; rows: Reading }) {
  return (
    <>
      <label className={`button ${styles.file ?? ''}`}>
        {rows.isReading ? words.reading : label}
        <input
          type="file"
          className="visually-hidden"
          accept={KINDS}
          aria-label={label}
          onChange={(event) => {
            const [file] = event.target.files ?? [];
            if (file) rows.read(file);
            event.target.value = '';
          }}
        />
      </label>
      {rows.question}
    </>
  );
}
