import type { Json } from 'ziggy-sdk';
import schema from '../../../schemas/config.schema.json';
import ui from '../../../schemas/config.ui.json';

export type Config = Record<string, Json>;
export interface Setting {
  title: string;
  description: string;
  type?: string;
  enum?: string[];
  default?: Json;
}

/** Titles, help and defaults are those of the block's own schema: nothing is written twice. */
export const SETTINGS = schema.properties as unknown as Record<string, Setting>;
export const ADVANCED = schema.properties.advanced.properties as unknown as Record<string, Setting>;
export const ADVANCED_ORDER: string[] = ui.advanced['ui:order'];
export const ENUM_NAMES = ui.advanced as unknown as Record<string, { 'ui:enumNames'?: string[] }>;
export const OPERATION_TITLE = ui['ui:sections'].find((section) => section.properties.includes('upsert'))?.title ?? '';

export const DEFAULT_CONFIG: Config = Object.fromEntries(
  Object.entries(SETTINGS).flatMap(([name, one]) => (one.default === undefined ? [] : [[name, one.default]])),
);
