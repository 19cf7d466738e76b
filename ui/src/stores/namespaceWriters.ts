import type { Descriptor, UiSchema } from '../api/types';
import type { BlockNode } from '../state/document';

/** The blocks of a flow that keep their failed items in a namespace, by what their UI schemas say. */

/** The settings of a block that name where failed items are kept. */
export function keepingFields(descriptor: Descriptor | undefined): string[] {
  return Object.entries(descriptor?.uiSchema ?? {})
    .filter(([, ui]) => isSchema(ui) && ui['ui:options']?.keepsFailures === true)
    .map(([name]) => name);
}

export interface NamespaceWriter {
  id: string;
  name: string;
}

export function writersOf(
  nodes: BlockNode[],
  descriptors: Record<string, Descriptor>,
  namespace: string,
): NamespaceWriter[] {
  return nodes
    .filter((node) =>
      keepingFields(descriptors[node.data.blockType]).some((field) => node.data.config[field] === namespace),
    )
    .map((node) => ({
      id: node.id,
      name: node.data.friendlyName || descriptors[node.data.blockType]?.name || node.id,
    }));
}

/** What the setting is called on the blocks of a flow that have one. */
export function keepingTitles(nodes: BlockNode[], descriptors: Record<string, Descriptor>): string[] {
  const titles = nodes.flatMap((node) => {
    const descriptor = descriptors[node.data.blockType];
    return keepingFields(descriptor).map((field) => descriptor?.configSchema.properties?.[field]?.title ?? field);
  });
  return [...new Set(titles)];
}

function isSchema(ui: unknown): ui is UiSchema {
  return typeof ui === 'object' && ui !== null;
}
