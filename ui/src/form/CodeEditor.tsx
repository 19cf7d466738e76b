import { defaultKeymap, history, historyKeymap, indentWithTab, simplifySelection } from '@codemirror/commands';
import { bracketMatching, foldGutter, HighlightStyle, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { lintGutter, setDiagnostics, type Diagnostic } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { EditorView, highlightActiveLine, keymap, lineNumbers, type KeyBinding } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useRef, useState } from 'react';
import styles from './CodeField.module.css';
import { onFlush } from '../state/pending';
import { parseLiteral, type Parsed } from './literal';
import { foldBrackets, literalLanguage } from './literalLanguage';
import { looksLikeTable, pastedTable, RowFileInput, useRowFile } from './RowFileInput';
import { words } from './words';

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

// A longer text is stored, and read beside the page, when the hand rests.
const SHORT = 50_000;
const REST_MS = 400;

function diagnosticsOf(parsed: Parsed, state: EditorState): Diagnostic[] {
  if (parsed.ok) return [];
  const line = state.doc.line(Math.min(parsed.line, state.doc.lines));
  return [{ from: line.from, to: line.to, severity: 'error', message: `${parsed.message} (column ${parsed.column})` }];
}

/** Reads long texts beside the page; only the answer to the last question counts. Null: nothing is there that reads. */
function makeReader(onRead: (parsed: Parsed | null) => void): { read: (text: string) => void; close: () => void } {
  let worker: Worker | undefined;
  let last = 0;
  return {
    read: (text) => {
      last += 1;
      if (text.length <= SHORT) {
        onRead(parseLiteral(text));
        return;
      }
      worker ??= new Worker(new URL('./literalWorker.ts', import.meta.url), { type: 'module' });
      worker.onmessage = ({ data }: MessageEvent<{ id: number; parsed: Parsed }>) => {
        if (data.id === last) onRead(data.parsed);
      };
      worker.postMessage({ id: last, text });
      worker.onerror = () => {
        // Asked for again the next time, as all that comes late.
        worker = undefined;
        onRead(null);
        dispatchEvent(new Event('vite:preloadError'));
      };
    },
    close: () => worker?.terminate(),
  };
}

/** The editor of test data. It takes JSON, an object literal, and CSV where it is pasted. */
export default function CodeEditor({ id, label, text, describedBy, onChange }: Props) {
  const holder = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const report = useRef(onChange);
  const [parsed, setParsed] = useState<Parsed | null>(null);
  const [isUnread, setUnread] = useState(false);
  // What the flow has: a text that differs from it was changed elsewhere, or undone.
  const stored = useRef(text);

  // A pasted table that the server reads, and where its items come to stand, whatever is typed meanwhile.
  const pasted = useRef<({ file: File } & Place) | null>(null);
  const rows = useRowFile((file, { text: items }) => {
    const editor = view.current;
    if (!editor) return;
    const { from, to } = pasted.current?.file === file ? pasted.current : wholeOf(editor.state);
    pasted.current = null;
    editor.dispatch({
      changes: { from, to, insert: items },
      selection: { anchor: from + items.length },
      scrollIntoView: true,
    });
    editor.focus();
  });
  const rowFiles = useRef(rows);

  useEffect(() => {
    report.current = onChange;
    rowFiles.current = rows;
  });

  useEffect(() => {
    if (!holder.current) return undefined;
    const nonce = document.querySelector('meta[name="csp-nonce"]')?.getAttribute('content') ?? '';
    let timer: ReturnType<typeof setTimeout> | undefined;
    const reader = makeReader((read) => {
      setParsed(read);
      setUnread(read === null);
      if (read) editor.dispatch(setDiagnostics(editor.state, diagnosticsOf(read, editor.state)));
    });
    // Beside a text that is stored before the hand rests, that it is read when it does still stands.
    const store = () => {
      const next = editor.state.doc.toString();
      if (next === stored.current) return;
      stored.current = next;
      report.current(next);
    };
    const editor = new EditorView({
      parent: holder.current,
      state: EditorState.create({
        doc: text,
        extensions: [
          EditorView.cspNonce.of(nonce),
          lineNumbers(),
          foldGutter(),
          lintGutter(),
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
            const place = pasted.current;
            if (place) {
              place.from = update.changes.mapPos(place.from, -1);
              place.to = update.changes.mapPos(place.to, 1);
            }
            rowFiles.current.forget();
            clearTimeout(timer);
            const isShort = update.state.doc.length <= SHORT;
            if (isShort) store();
            timer = setTimeout(
              () => {
                store();
                reader.read(editor.state.doc.toString());
              },
              isShort ? 0 : REST_MS,
            );
          }),
          EditorView.domEventHandlers({
            blur: store,
            paste: (event, target) => {
              const text = event.clipboardData?.getData('text/plain') ?? '';
              if (!looksLikeTable(text)) return false;
              event.preventDefault();
              const file = pastedTable(text);
              pasted.current = { file, ...placeOf(target.state) };
              rowFiles.current.read(file);
              return true;
            },
          }),
        ],
      }),
    });
    view.current = editor;
    reader.read(text);
    const forget = onFlush(store);
    return () => {
      clearTimeout(timer);
      store();
      forget();
      reader.close();
      editor.destroy();
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the editor lives as long as its field
  }, [id]);

  useEffect(() => {
    const editor = view.current;
    if (!editor || text === stored.current) return;
    stored.current = text;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } });
  }, [text]);

  return (
    <>
      <div ref={holder} className={styles.editor} />
      {parsed?.ok !== false ? (
        <p className={styles.fine}>
          {parsed === null ? (isUnread ? words.notCounted : words.reading) : words.items(parsed.count)} · Escape, then
          Tab leaves the editor
        </p>
      ) : (
        <p className={styles.bad} role="alert">
          Line {parsed.line}, column {parsed.column}: {parsed.message}
        </p>
      )}
      <RowFileInput label={words.openFile} rows={rows} />
    </>
  );
}

interface Place {
  from: number;
  to: number;
}

function wholeOf({ doc }: EditorState): Place {
  return { from: 0, to: doc.length };
}

/** What is selected, or all that stands there. */
function placeOf(state: EditorState): Place {
  const { from, to } = state.selection.main;
  return from === to ? wholeOf(state) : { from, to };
}
