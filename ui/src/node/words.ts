/** What a block on the canvas says. */
export const words = {
  help: (name: string) => `Help for ${name}`,
  collapse: (name: string) => `Collapse ${name}`,
  expand: (name: string) => `Expand ${name}`,
  result: (text: string, isPreview: boolean) => `${isPreview ? 'Result of the preview' : 'Result'}: ${text}`,
  done: 'done',
  ended: 'ended with an error',
  ready: 'Ready to run',
  notReady: (count: number) => (count === 1 ? '1 problem' : `${count} problems`),
  input: (number: number, label: string) => `Input ${number}: ${label}`,
  output: (number: number, label: string) => `Output ${number}: ${label}`,
  running: 'Running',
  progress: (phase: string, done: number, total: number) => `${phase}: ${done} of ${total}`,
  failures: (count: number) => `${count} failed`,
  quiet: (since: string) => `No news since ${since}: waiting for an answer.`,
  unknownType: (type: string) => `No installed plugin brings ${type}.`,
  openReport: 'Report',
};
