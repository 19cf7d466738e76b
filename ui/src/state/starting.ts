import type { JsonObject } from '../api/types';
import type { Piece } from './clipboard';
import { useEditor } from './editor';

/** Flows to begin with: ordinary blocks on the canvas, to be changed like all others. */

export const WRITER = 'SALESFORCE_WRITE_V1';
const EXAMPLE = `[
  { Name: 'Acme', Phone: '030 1234' },
  { Name: 'Globex', Phone: '030 5678' },
  { Name: '' },
]
`;

/** What comes in is written, and what was not written has an edge of its own. */
function writing(testData: string, config: JsonObject): Piece {
  return {
    blocks: [
      { id: 'receiver', type: 'RECEIVER_V1', position: { x: 0, y: 40 }, config: { testData } },
      { id: 'write', type: WRITER, position: { x: 420, y: 0 }, config },
      { id: 'end', type: 'TERMINATOR_V1', position: { x: 960, y: 20 } },
      { id: 'rest', type: 'SINKHOLE_V1', position: { x: 960, y: 240 } },
    ],
    edges: [
      { source: 'receiver', target: 'write' },
      { source: 'write', target: 'end' },
      { source: 'write', sourceHandle: 'o1', target: 'rest' },
    ],
  };
}

export function startWithExample(): void {
  const config = { object: 'Account', matchKey: 'Id', validate: true, invalidToSecondEdge: true };
  useEditor.getState().begin(writing(EXAMPLE, config));
}

/** The flow that writes the items of a file; answers the id of the block that writes. */
export function startWithItems(testData: string): string {
  useEditor.getState().begin(writing(testData, { validate: true, invalidToSecondEdge: true }));
  const { nodes } = useEditor.getState();
  return nodes.findLast((node) => node.data.blockType === WRITER)?.id ?? '';
}
