import { exactText } from '../api/exact';
import type { Json } from '../api/types';
import { isObject } from './isObject';
import { JsonTree } from './JsonTree';
import { words } from './words';

/** An item that was not written, as far as the server still keeps it. */
export function RejectedItem({ item }: { item: Json | undefined }) {
  if (item === undefined) return <p>{words.notKept}</p>;
  return isObject(item) ? <JsonTree value={item} /> : <p>{words.noObject(exactText(item))}</p>;
}
