import { lexer, type MarkedToken, type Token } from 'marked';
import { Fragment, type ReactNode } from 'react';

/** A text in Markdown, drawn as elements of the page: HTML in it stays text, and a link leads only out to the web. */
export function Markdown({ text }: { text: string }) {
  return <Tokens tokens={lexer(text)} />;
}

/** The text without its first heading, where that is the title of the whole. */
export function withoutTitle(text: string): string {
  const [first] = lexer(text);
  return first?.type === 'heading' && first['depth'] === 1 ? text.slice(first.raw.length) : text;
}

function Tokens({ tokens = [] }: { tokens: Token[] | undefined }) {
  return tokens.map((token, at) => <Fragment key={at}>{drawn(token as MarkedToken)}</Fragment>);
}

const WEB = /^https?:\/\//i;

function drawn(token: MarkedToken): ReactNode {
  switch (token.type) {
    case 'heading': {
      // The dialog's own title is the heading above.
      const Heading = token.depth <= 2 ? 'h3' : 'h4';
      return (
        <Heading>
          <Tokens tokens={token.tokens} />
        </Heading>
      );
    }
    case 'paragraph':
      return (
        <p>
          <Tokens tokens={token.tokens} />
        </p>
      );
    case 'blockquote':
      return (
        <blockquote>
          <Tokens tokens={token.tokens} />
        </blockquote>
      );
    case 'list':
      return <List list={token} />;
    case 'table':
      return <Table table={token} />;
    case 'code':
      return <pre>{token.text}</pre>;
    case 'codespan':
      return <code>{token.text}</code>;
    case 'strong':
    case 'em':
    case 'del': {
      const Mark = token.type;
      return (
        <Mark>
          <Tokens tokens={token.tokens} />
        </Mark>
      );
    }
    case 'link':
      return WEB.test(token.href) ? (
        <a href={token.href} target="_blank" rel="noopener noreferrer">
          <Tokens tokens={token.tokens} />
        </a>
      ) : (
        <Tokens tokens={token.tokens} />
      );
    case 'br':
      return <br />;
    case 'hr':
      return <hr />;
    case 'checkbox':
      return token.checked ? '☑ ' : '☐ ';
    case 'space':
    case 'def':
      return null;
    case 'text':
      return token.tokens ? <Tokens tokens={token.tokens} /> : token.text;
    case 'image':
    case 'escape':
    case 'html':
    case 'list_item':
      return token.text;
  }
}

type Of<Type extends MarkedToken['type']> = Extract<MarkedToken, { type: Type }>;

function List({ list }: { list: Of<'list'> }) {
  const items = list.items.map((item, at) => (
    <li key={at}>
      <Tokens tokens={item.tokens} />
    </li>
  ));
  return list.ordered ? <ol start={list.start || 1}>{items}</ol> : <ul>{items}</ul>;
}

function Table({ table }: { table: Of<'table'> }) {
  return (
    <table>
      <thead>
        <tr>
          {table.header.map((cell, at) => (
            <th key={at} scope="col">
              <Tokens tokens={cell.tokens} />
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {table.rows.map((row, at) => (
          <tr key={at}>
            {row.map((cell, column) => (
              <td key={column}>
                <Tokens tokens={cell.tokens} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
