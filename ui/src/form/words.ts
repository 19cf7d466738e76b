/** What the form says. */
export const words = {
  remove: (what: string) => `Remove ${what}`,
  clear: (what: string) => `Clear ${what}`,
  open: (what: string) => `Show choices: ${what}`,
  choices: (what: string) => `Choices for ${what}`,
  create: (what: string) => `Use “${what}”`,
  chosen: (what: string[]) => (what.length === 0 ? 'Nothing chosen' : `Chosen: ${what.join(', ')}`),
  noMatch: (query: string) => `Nothing matches “${query}”.`,
  nothing: 'There is nothing to choose from.',
  loading: 'Loading…',
  choose: 'Choose…',
  retry: 'Try again',
  help: (what: string) => `About ${what}`,
  noLongerFits: (field: string, values: string[], because: string) =>
    `${field}: cleared ${values.join(', ')}, which ${because} does not have.`,
  notUnique: 'not unique on the edge',
  repeated: (count: number) =>
    count === 1
      ? 'One value of this key comes more than once on the edge: its items are written one after the other, and the last one wins.'
      : `${count.toLocaleString('en')} values of this key come more than once on the edge: their items are written one after the other, and the last one wins.`,
  mapped: (count: number) => (count === 1 ? '1 key is mapped' : `${count} keys are mapped`),
  optional: 'default',
  example: (text: string) => `For example ${text}`,
  badJson: 'Not stored: this is not JSON.',
  notPasted: (why: string) => `The table was not pasted: ${why}`,
  notRead: (why: string) => `The file was not read: ${why}`,
  openFile: 'From a file (CSV, JSON, workbook, Parquet)…',
  readAs: (option: string, choice: string) => (option === 'sheet' ? `Read the sheet ${choice}` : `Read as ${choice}`),
  reading: 'Reading…',
  notCounted: 'Stored, but not looked through',
  items: (count: number) => (count === 1 ? '1 item' : `${count.toLocaleString('en')} items`),
  edit: 'Edit',
};
