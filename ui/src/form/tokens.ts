/** A line of JSON or of an object literal, cut into what gets a colour of its own. */

export interface Token {
  kind: 'key' | 'text' | 'value' | 'plain';
  text: string;
}

const TOKEN = /("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[A-Za-z_$][\w$]*)(\s*:)?|-?\d[\d.eE+-]*|[^"'A-Za-z_$\d-]+|./g;

export function tokens(line: string): Token[] {
  return [...line.matchAll(TOKEN)].flatMap(([whole, word, colon]): Token[] => {
    if (word && colon) {
      return [
        { kind: 'key', text: word },
        { kind: 'plain', text: colon },
      ];
    }
    if (word) return [{ kind: /^["']/.test(word) ? 'text' : 'value', text: word }];
    return [{ kind: /^-?\d/.test(whole) ? 'value' : 'plain', text: whole }];
  });
}
