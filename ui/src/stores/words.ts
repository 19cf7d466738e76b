/** What the Data Store says. */
export const words = {
  title: 'Data Store',
  loading: 'Loading…',
  empty:
    'The Data Store is empty. A block that is told to keep its failed items in a namespace puts them here, each with its reason.',
  namespaces: 'Namespaces',
  records: (count: number) => (count === 1 ? '1 record' : `${count.toLocaleString('en')} records`),
  search: 'Search keys and data',
  noMatch: (text: string) => `No record matches “${text}”.`,
  earlier: 'Earlier',
  later: 'Later',
  from: (first: number, last: number) => `${first.toLocaleString('en')} to ${last.toLocaleString('en')}`,
  deleteRecord: (key: string) => `Delete ${key}`,
  askRecord: (key: string) => `Delete the record ${key}? It cannot be brought back.`,
  deleteNamespace: 'Delete the namespace',
  askNamespace: (name: string, count: string) => `Delete ${name} with its ${count}? They cannot be brought back.`,
  delete: 'Delete',
  cancel: 'Cancel',
  replay: 'Send again',
  replayThrough: (block: string) => `Send again through ${block}`,
  replayHelp:
    'Runs that block alone over the failed items kept here. What is written then leaves the namespace; what is not stays.',
  chooseBlock: 'Block',
  noBlock: (name: string, fields: string[]) =>
    fields.length === 0
      ? `To send these items again, open the flow whose block keeps its failed items in “${name}”: the open flow has no block that keeps any.`
      : `To send these items again, open the flow whose block keeps them: no block of the open flow has “${name}” as its ${fields.join(' or ')}.`,
  running: 'A flow is running. Send the items again when it has ended.',
  production: 'PRODUCTION',
};
