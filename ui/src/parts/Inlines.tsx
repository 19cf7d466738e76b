import { Fragment } from 'react';
import { parseInline, type Inline } from './markdown';

export function Inlines({ inlines }: { inlines: Inline[] }) {
  return inlines.map((one, at) => {
    if (one.kind === 'text') return <Fragment key={at}>{one.text}</Fragment>;
    const Tag = one.kind;
    return <Tag key={at}>{one.text}</Tag>;
  });
}

/** A sentence of the server, in which names stand between backticks. */
export function Message({ text }: { text: string }) {
  return <Inlines inlines={parseInline(text)} />;
}
