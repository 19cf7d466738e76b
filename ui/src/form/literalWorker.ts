import { parseLiteral } from './literal';

/** Reads long test data beside the page, which goes on answering the keyboard. */
addEventListener('message', (event: MessageEvent<{ id: number; text: string }>) => {
  const { id, text } = event.data;
  postMessage({ id, parsed: parseLiteral(text) });
});
