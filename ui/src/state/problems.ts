import type { Descriptor, JsonSchema } from '../api/types';

/** What is wrong with a block, in the words of its form: settings by their labels, never by their names in a file. */

export interface FieldProblem {
  /** JSON pointer into the block's settings. */
  path: string;
  message: string;
}

/** What the form calls a setting; empty where it has none of that name. */
export function labelOf(descriptor: Descriptor | undefined, path: string): string {
  const titles: string[] = [];
  let schema: JsonSchema | undefined = descriptor?.configSchema;
  for (const step of path.split('/').slice(1)) {
    const next: JsonSchema | undefined = schema?.properties?.[step];
    if (!next) break;
    titles.push(next.title ?? step);
    schema = next;
  }
  return titles.join(': ');
}

const MISSING = /^`[^`]+` is missing(?: in `[^`]+`)?: set (.+)\.$/;
const NAME = /`([^`]+)`/g;

/** The problem's sentence with the labels of settings in place of their names. */
export function sayProblem({ path, message }: FieldProblem, descriptor: Descriptor | undefined): string {
  if (MISSING.test(message)) {
    const label = labelOf(descriptor, path);
    if (label) return `${label} is not set.`;
  }
  return message.replaceAll(NAME, (whole, name: string) => {
    const label = labelOf(descriptor, `/${name.replaceAll('.', '/')}`);
    return label ? `“${label}”` : whole;
  });
}

/** A sentence about the flow as a whole, with what blocks are called in place of their ids. */
export function withNames(message: string, nameOf: (block: string) => string): string {
  return message.replaceAll(NAME, (whole, id: string) => {
    const name = nameOf(id);
    return name === id ? whole : `“${name}”`;
  });
}
