import type { Json, JsonObject } from '../api/types';

/** Whether an item has keys. */
export function isObject(item: Json): item is JsonObject {
  return item !== null && typeof item === 'object' && !Array.isArray(item);
}
