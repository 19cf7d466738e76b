import { useEffect, useId, useRef, type ReactNode } from 'react';
import { Icon } from './Icon';
import { dialogOpener } from '../state/editor';
import styles from './Dialog.module.css';

interface Props {
  title: string;
  size?: 'narrow' | 'medium' | 'wide';
  onClose: () => void;
  children: ReactNode;
}

/** A modal dialog; the browser keeps the keyboard inside and gives it back at the end. */
export function Dialog({ title, size = 'narrow', onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = dialogOpener() ?? document.activeElement;
    const shown = dialog.current;
    if (shown && !shown.open) shown.showModal();
    return () => {
      shown?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- Escape closes it by itself
    <dialog
      ref={dialog}
      className={`nokey ${styles.dialog ?? ''} ${styles[size] ?? ''}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <div className={styles.inside}>
        <header className={styles.header}>
          <h2 id={id}>{title}</h2>
          <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
            <Icon icon="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
