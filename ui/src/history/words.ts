/** What the list of past runs says. */
export const words = {
  title: 'Last runs',
  titleOf: (flow: string) => `Last runs of “${flow}”`,
  loading: 'Loading…',
  none: 'This flow has not run yet.',
  show: 'Show',
  showOne: (when: string) => `Show the run of ${when}`,
  shown: 'shown now',
  kinds: { preview: 'Preview', replay: 'Sent again', partial: 'Part of the flow' },
  live: 'Under way',
  production: 'Production',
  noItems: 'No item reached a block that reports.',
  earlier: 'Earlier runs',
  later: 'Later runs',
  status: {
    ok: 'Finished',
    error: 'Ended with an error',
    stopped: 'Stopped',
    timeout: 'Stopped by its time-out',
    running: 'Never ended: the studio was stopped meanwhile',
  } as Record<string, string>,
};
