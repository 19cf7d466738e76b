/** What the canvas says. */
export const words = {
  palette: 'Blocks',
  add: 'Add a block',
  addHere: 'Add a block at the end of this wire',
  menu: 'Edit',
  cut: 'Cut',
  copy: 'Copy',
  paste: 'Paste',
  duplicate: 'Duplicate',
  remove: 'Delete',
  selectAll: 'Select all blocks',
  note: 'Add a note',
  noteInfo: 'A text on the canvas, for people',
  noteName: 'Note',
  undo: 'Undo',
  redo: 'Redo',
  tidy: 'Tidy up',
  keys: 'Keys',
  search: 'Search blocks',
  noBlock: (query: string) => `No block matches “${query}”.`,
  added: (name: string) => `${name} added`,
  bubble: (count: number, source: string, target: string) =>
    `${count === 1 ? '1 record' : `${count.toLocaleString('en')} records`}, ${source} to ${target}, inspect`,
  flowProblems: (count: number) =>
    count === 1 ? 'Not ready to run: 1 problem' : `Not ready to run: ${count} problems`,
};
