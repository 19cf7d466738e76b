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

export function focusBlock(id: string): void {
  afterRender(() => document.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(id)}"]`)?.focus());
}
