const IS_ID = /^[a-z0-9]{15}(?:[a-z0-9]{3})?$/i;

/** Where a record is seen in the browser; null where that is not known, or the value is no Id. */
export function recordUrl(instanceUrl: string | undefined, id: unknown): string | null {
  const isKnown = instanceUrl?.startsWith('https://') && typeof id === 'string' && IS_ID.test(id);
  return isKnown ? `${instanceUrl ?? ''}/${id}` : null;
}

/** Whether a key of an item holds the Id of its record: it is added under the spelling that the item has. */
export function isIdKey(key: string): boolean {
  return key.toLowerCase() === 'id';
}
