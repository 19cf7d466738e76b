import { pieceText, readPiece, selectedPiece } from './clipboard';
import { useEditor } from './editor';

/** What keys and menus do with the blocks and wires that are selected. */

/** The selected blocks as text for the clipboard; null when there is none. */
export function copiedText(): string | null {
  const { nodes, edges, notify } = useEditor.getState();
  const piece = selectedPiece(nodes, edges);
  if (!piece) return null;
  const { blocks, notes = [] } = piece;
  const told = [amount(blocks.length, 'block'), amount(notes.length, 'note')].filter(Boolean);
  notify(`Copied ${told.join(' and ')}`);
  return pieceText(piece);
}

function amount(count: number, what: string): string {
  if (count === 0) return '';
  return count === 1 ? `one ${what}` : `${count} ${what}s`;
}

/** Whether the text was blocks. */
export function pasteText(text: string): boolean {
  const piece = readPiece(text);
  if (piece) useEditor.getState().paste(piece);
  return piece !== null;
}

/** Removes exactly what is selected, and the wires of the blocks that go. */
export function removeSelected(): void {
  const { nodes, edges, remove } = useEditor.getState();
  const chosen = { nodes: idsOf(nodes), edges: idsOf(edges) };
  if (chosen.nodes.length + chosen.edges.length > 0) remove(chosen);
}

function idsOf(all: { id: string; selected?: boolean }[]): string[] {
  return all.filter((one) => one.selected).map((one) => one.id);
}

export function selectAllBlocks(): void {
  const { nodes, selectBlocks } = useEditor.getState();
  selectBlocks(nodes.map((node) => node.id));
}

/** The menu's copy and paste: a page may ask for the clipboard only so. */
export async function copyByMenu(): Promise<void> {
  const text = copiedText();
  if (text !== null) await navigator.clipboard.writeText(text).catch(notAllowed);
}

export async function pasteByMenu(): Promise<void> {
  const text = await navigator.clipboard.readText().catch(notAllowed);
  if (text !== undefined && !pasteText(text))
    useEditor.getState().notify('There are no blocks and no notes in the clipboard.');
}

function notAllowed(): undefined {
  useEditor.getState().notify('The browser does not let the page use the clipboard here. Use Ctrl+C and Ctrl+V.');
}
