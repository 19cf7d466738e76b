export { Sidecar, type SidecarOptions } from './sidecar';
export { SidecarError, SidecarGone } from './errors';
export { type RunEvents, type RunOptions, type RunResult } from './run';
export { FolderStore } from './folder-store';
export type * from './wire';
export type { HostServices, Store } from './services';
