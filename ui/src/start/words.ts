/** What the first screen of a flow says. */
export const words = {
  title: 'An empty flow',
  text: 'Drag a block here, or press Enter on one in the list.',
  example: 'Start with an example',
  file: 'From a file…',
  fileTitle: 'From a file to Salesforce',
  step1: '1. The file',
  chooseFile: 'Choose a file (CSV, JSON, workbook, Parquet)…',
  read: (name: string, items: string, found: string) => `${name}: ${items} (${found})`,
  step2: '2. Where it goes',
  step3: '3. Which column becomes which field',
  step4: '4. See what would happen',
  preview: 'Preview',
  later: 'Close, and go on in the flow',
  previewHelp: 'Shows what a run would create, update and refuse. Nothing is written.',
};
