/** What the mapping of keys says. */
export const mappingWords = {
  keys: 'Keys of the edge',
  noKeys: 'No key of the edge is known yet. Wire a block with data to this one, or run the flow up to here.',
  notReady: 'Choose connection and object first: the fields come from there.',
  notOnEdge: 'not on the edge',
  goesTo: (key: string) => `${key} becomes`,
  nowhere: 'No field of this name',
  same: (label: string) => `Keeps its name: ${label}`,
  propose: (label: string) => `Use ${label}`,
  takeAll: (count: number) => (count === 1 ? 'Use the likely pair' : `Use all ${count} likely pairs`),
  leaveOut: (key: string) => `Leave ${key} out`,
  takeIn: (key: string) => `Take ${key} in again`,
  leftOut: 'Left out',
  open: 'Required to create a record, and not filled:',
  another: 'Another key',
  add: 'Add',
};
