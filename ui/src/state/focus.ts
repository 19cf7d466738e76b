/** Moves the keyboard between the parts of the page. */

function afterRender(action: () => void): void {
  requestAnimationFrame(() => requestAnimationFrame(action));
}

export function focusPanel(): void {
  afterRender(() => document.getElementById('panel-title')?.focus());
}

export function focusConnect(output: number): void {
  afterRender(() => document.querySelector<HTMLElement>(`[data-connect="${output}"] input`)?.focus());
}

/** Leads the keyboard to a setting in the panel, and opens what it is in. */
export function focusField(path: string): void {
  afterRender(() => {
    const steps = path.split('/');
    const paths = steps.map((_, at) => steps.slice(0, steps.length - at).join('/')).filter(Boolean);
    const row = paths
      .map((one) => document.querySelector<HTMLElement>(`aside [data-field="${CSS.escape(one)}"]`))
      .find(Boolean);
    for (let group = row?.closest('details'); group; group = group.parentElement?.closest('details')) group.open = true;
    const field = row?.querySelector<HTMLElement>('input, textarea, [contenteditable="true"], summary');
    (field ?? document.getElementById('panel-title'))?.focus();
    row?.scrollIntoView({ block: 'nearest' });
  });
}

export function focusBlock(id: string): void {
  afterRender(() => document.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(id)}"]`)?.focus());
}

const MOST_FRAMES = 60;

/** Leads the keyboard into a note; a new one is hidden until the canvas has measured it. */
export function focusNote(id: string, frames = MOST_FRAMES): void {
  requestAnimationFrame(() => {
    const field = document.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(id)}"] textarea`);
    if (field?.checkVisibility({ visibilityProperty: true })) field.focus();
    else if (frames > 0) focusNote(id, frames - 1);
  });
}

/** What has the keyboard first in each part of the page; of several, the first that is there. */
const FIRST = {
  bar: ['input, button'],
  blocks: ['input[type=search]', 'button'],
  canvas: ['.react-flow__node.selected', '.react-flow__node', '.react-flow__panel button'],
  panel: ['[role=tabpanel] :is(input, textarea, [contenteditable=true])', '#panel-title'],
  log: ['[role=region]', 'button'],
};
export type Region = keyof typeof FIRST;

export function focusRegion(region: Region): boolean {
  const part = document.querySelector(`[data-region=${region}]`);
  const found = FIRST[region].map((first) =>
    [...(part?.querySelectorAll<HTMLElement>(first) ?? [])].find((one) => one.checkVisibility()),
  );
  found.find(Boolean)?.focus();
  return found.some(Boolean);
}

/** The next part of the page, or the one before; a part that is not there is passed over. */
export function focusNextRegion(step: 1 | -1): void {
  const all = Object.keys(FIRST) as Region[];
  const here = document.activeElement?.closest<HTMLElement>('[data-region]')?.dataset['region'] as Region | undefined;
  const start = here ? all.indexOf(here) : step === 1 ? 0 : all.length;
  for (let at = 1; at <= all.length; at += 1) {
    const next = all[(start + step * at + all.length * 2) % all.length];
    if (next && focusRegion(next)) return;
  }
}
