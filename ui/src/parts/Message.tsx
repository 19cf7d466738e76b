const NAMES = /`([^`]+)`/;

/** A sentence of the server, in which names stand between backticks. */
export function Message({ text }: { text: string }) {
  // Split at a group, every second part is what stood within the marks.
  return text.split(NAMES).map((part, at) => (at % 2 === 1 ? <code key={at}>{part}</code> : part));
}
