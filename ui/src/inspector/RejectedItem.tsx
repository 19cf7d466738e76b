import { exactText } from '../api/exact';
import type { Json } from '../api/types';
import { isObject } from './isObject';
import { itemWords } from './itemWords';
import { JsonTree } from './JsonTree';

/** An item that was not written, as far as the server still keeps it. */
export function RejectedItem({ item }: { item: Json | undefined }) {
  if (item === undefined) return <p>{itemWords.notKept}</p>;
  return isObject(item) ? <JsonTree value={item} /> : <p>{itemWords.noObject(exactText(item))}</p>;
}
