import { foldService, StreamLanguage } from '@codemirror/language';

/** JSON and object literals, as far as colours and folds need it; a full JavaScript grammar weighs 40 kB more. */

const WORD = /^[A-Za-z_$][\w$]*/;
const STRING = /^(?:"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?)/;
const KEY_FOLLOWS = /^\s*:/;

export const literalLanguage = StreamLanguage.define<{ isInComment: boolean }>({
  name: 'literal',
  startState: () => ({ isInComment: false }),
  token: (stream, state) => {
    if (state.isInComment || stream.match('/*')) {
      state.isInComment = !stream.skipTo('*/');
      if (state.isInComment) stream.skipToEnd();
      else stream.match('*/');
      return 'comment';
    }
    if (stream.eatSpace()) return null;
    if (stream.match('//')) {
      stream.skipToEnd();
      return 'comment';
    }
    if (stream.match(STRING)) return stream.match(KEY_FOLLOWS, false) ? 'propertyName' : 'string';
    if (stream.match(WORD)) return stream.match(KEY_FOLLOWS, false) ? 'propertyName' : 'bool';
    if (stream.match(/^[+-]?[\d.][\w.+-]*/)) return 'number';
    stream.next();
    return null;
  },
  languageData: { commentTokens: { line: '//' }, closeBrackets: { brackets: ['[', '{', '"', "'"] } },
});

// A line is asked for whenever it is drawn; what is longer does not fold.
const MOST_FOLDED = 20_000;

/** A line that ends with an opening bracket folds to its partner. */
export const foldBrackets = foldService.of((state, from, to) => {
  if (!/[[{]\s*$/.test(state.doc.sliceString(from, to))) return null;
  const text = state.doc.sliceString(from, from + MOST_FOLDED);
  const start = text.slice(0, to - from).trimEnd().length - 1;
  const end = partner(text, start);
  return end === null ? null : { from: from + start + 1, to: from + end };
});

/** Where the bracket at `start` is closed; brackets inside texts do not count. */
export function partner(text: string, start: number): number | null {
  let depth = 0;
  let quote = '';
  for (let at = start; at < text.length; at += 1) {
    const letter = text[at] ?? '';
    if (quote) {
      if (letter === '\\') at += 1;
      else if (letter === quote) quote = '';
    } else if (letter === '"' || letter === "'") quote = letter;
    else if (letter === '[' || letter === '{') depth += 1;
    else if (letter === ']' || letter === '}') {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return null;
}
