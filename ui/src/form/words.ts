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
  optional: 'default',
  example: (text: string) => `For example ${text}`,
  badJson: 'This is not JSON.',
  edit: 'Edit',
};
