/** Moves the keyboard between the canvas and the side panel. */

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
