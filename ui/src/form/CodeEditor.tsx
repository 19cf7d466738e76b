import { defaultKeymap, history, historyKeymap, indentWithTab, simplifySelection } from '@codemirror/commands';
import { bracketMatching, foldGutter, HighlightStyle, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { lintGutter, linter, type Diagnostic } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { EditorView, highlightActiveLine, keymap, lineNumbers, type KeyBinding } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useRef, useState } from 'react';
import styles from './CodeField.module.css';
import { csvToItems, parseLiteral, type Parsed } from './literal';
import { foldBrackets, literalLanguage } from './literalLanguage';

interface Props {
  id: string;
  label: string;
  text: string;
  describedBy: string | undefined;
  onChange: (text: string) => void;
}

const colors = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--code-key)' },
  { tag: tags.string, color: 'var(--code-text)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--code-value)' },
]);

const look = EditorView.theme({
  '&': { backgroundColor: 'var(--raised)', color: 'var(--ink)', fontSize: '13px', maxHeight: '46vh' },
  '.cm-scroller': { fontFamily: 'var(--mono)', overflow: 'auto' },
  '.cm-content': { caretColor: 'var(--ink)', minHeight: '120px' },
  '.cm-gutters': { backgroundColor: 'var(--surface)', color: 'var(--ink-soft)', border: 'none' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--accent-soft) 60%, transparent)' },
  '.cm-activeLineGutter': { backgroundColor: 'var(--accent-soft)' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'var(--accent-soft)' },
  '&.cm-focused': { outline: '2px solid var(--focus)' },
  '.cm-tooltip': { backgroundColor: 'var(--raised)', color: 'var(--ink)', border: '1px solid var(--line-strong)' },
});

// Escape, then Tab leaves the editor: the keyboard is never trapped. CodeMirror's own 2 s would make people hurry.
const LEAVE_WITHIN_MS = 60_000;
const leave: KeyBinding = {
  key: 'Escape',
  run: (view) => {
    simplifySelection(view);
    view.setTabFocusMode(LEAVE_WITHIN_MS);
    return true;
  },
};

// Ctrl+Enter runs the flow; CodeMirror would insert a line besides.
const editing = defaultKeymap.filter((binding) => binding.key !== 'Mod-Enter');

const lint = linter((view): Diagnostic[] => {
  const parsed = parseLiteral(view.state.doc.toString());
  if (parsed.ok) return [];
  const line = view.state.doc.line(Math.min(parsed.line, view.state.doc.lines));
  return [{ from: line.from, to: line.to, severity: 'error', message: `${parsed.message} (column ${parsed.column})` }];
});

/** The editor of test data. It takes JSON, an object literal, and CSV where it is pasted. */
export default function CodeEditor({ id, label, text, describedBy, onChange }: Props) {
  const holder = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const report = useRef(onChange);
  const [parsed, setParsed] = useState<Parsed>(() => parseLiteral(text));

  useEffect(() => {
    report.current = onChange;
  });

  useEffect(() => {
    if (!holder.current) return undefined;
    const nonce = document.querySelector('meta[name="csp-nonce"]')?.getAttribute('content') ?? '';
    const editor = new EditorView({
      parent: holder.current,
      state: EditorState.create({
        doc: text,
        extensions: [
          EditorView.cspNonce.of(nonce),
          lineNumbers(),
          foldGutter(),
          lintGutter(),
          lint,
          history(),
          bracketMatching(),
          highlightActiveLine(),
          indentUnit.of('  '),
          literalLanguage,
          foldBrackets,
          syntaxHighlighting(colors),
          look,
          keymap.of([leave, ...editing, ...historyKeymap, indentWithTab]),
          EditorView.contentAttributes.of({
            'aria-label': label,
            id,
            ...(describedBy ? { 'aria-describedby': describedBy } : {}),
          }),
          EditorView.updateListener.of((update) => {
            if (!update.docChanged) return;
            const next = update.state.doc.toString();
            setParsed(parseLiteral(next));
            report.current(next);
          }),
          EditorView.domEventHandlers({
            paste: (event, target) => {
              const items = csvToItems(event.clipboardData?.getData('text/plain') ?? '');
              if (!items) return false;
              event.preventDefault();
              target.dispatch({
                changes: { from: 0, to: target.state.doc.length, insert: JSON.stringify(items, null, 2) },
              });
              return true;
            },
          }),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the editor lives as long as its field
  }, [id]);

  useEffect(() => {
    const editor = view.current;
    if (!editor || editor.state.doc.toString() === text || editor.hasFocus) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } });
  }, [text]);

  return (
    <>
      <div ref={holder} className={styles.editor} />
      {parsed.ok ? (
        <p className={styles.fine}>
          {parsed.count === 1 ? '1 item' : `${parsed.count} items`} · Escape, then Tab leaves the editor
        </p>
      ) : (
        <p className={styles.bad} role="alert">
          Line {parsed.line}, column {parsed.column}: {parsed.message}
        </p>
      )}
    </>
  );
}
