import { create } from 'zustand';
import { isAnswering } from '../api/client';
import { useEditor } from './editor';

/** Whether the page can still load what it has not loaded yet: after an upgrade of the studio it cannot. */
export const useOutdated = create<{ isOutdated: boolean }>()(() => ({ isOutdated: false }));

/** A part of the page did not come: either nobody answers, or there is another program by now. */
async function onMissingPart(): Promise<void> {
  if (await isAnswering()) useOutdated.setState({ isOutdated: true });
  else useEditor.getState().notify('This part of the page could not be loaded: the studio does not answer.', 'error');
}

/** Looks out for parts of the page that do not come, whoever asked for them. */
export function watchForUpgrades(): void {
  addEventListener('vite:preloadError', () => void onMissingPart());
}
