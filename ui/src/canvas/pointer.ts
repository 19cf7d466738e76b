/** What has to wait until no mouse button is down: nothing may move under a hand that holds something. */

let isDown = false;
let waiting: (() => void) | null = null;

function release(event: PointerEvent | MouseEvent): void {
  isDown = 'buttons' in event && event.buttons > 0;
  const action = waiting;
  if (isDown || !action) return;
  waiting = null;
  // After what the release itself does, such as a click.
  setTimeout(action);
}

addEventListener('pointerdown', () => (isDown = true), true);
for (const kind of ['pointerup', 'pointercancel', 'dragend', 'drop'] as const) addEventListener(kind, release, true);

/** Does it now, or when the button comes up; of several that wait, the last. */
export function whenNoButtonIsDown(action: () => void): void {
  if (isDown) waiting = action;
  else action();
}
