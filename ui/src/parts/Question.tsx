import type { ReactNode } from 'react';
import styles from './Question.module.css';

interface Props {
  /** What is asked; nothing is done until it is answered. */
  children: ReactNode;
  yes: string;
  no: string;
  /** Yes takes something away for good. */
  isGrave?: boolean;
  onYes: () => void;
  onNo: () => void;
}

/** Asks within a list or a form, where the thing stands that it is about. */
export function Question({ children, yes, no, isGrave = false, onYes, onNo }: Props) {
  return (
    <div className={styles.question} role="alert">
      <span>{children}</span>
      <button type="button" className={isGrave ? 'button danger' : 'button'} onClick={onYes}>
        {yes}
      </button>
      <button type="button" className="button" onClick={onNo}>
        {no}
      </button>
    </div>
  );
}
