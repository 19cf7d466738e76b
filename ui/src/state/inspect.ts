import { useEditor } from './editor';

/** Shows what went along a wire: on the edge of what was not written its reasons first, else the items. */
export function inspect(id: string): void {
  const { edges, run, openDialog } = useEditor.getState();
  const edge = edges.find((one) => one.id === id);
  const hasReasons = (run.blocks[edge?.source ?? '']?.report?.notWrittenGroups ?? []).length > 0;
  openDialog({ kind: 'edge', edge: id, tab: edge?.sourceHandle !== 'o0' && hasReasons ? 'rejected' : 'items' });
}
