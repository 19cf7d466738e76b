import type { Failure, JsonObject } from './wire';

/** The sidecar has answered with an error: its message is a sentence for a person. */
export class SidecarError extends Error {
  readonly code: Failure['code'];
  /** Of a run that ended so: what was done, item by item. */
  readonly report: JsonObject | undefined;

  constructor(failure: Failure) {
    super(failure.message);
    this.name = 'SidecarError';
    this.code = failure.code;
    this.report = failure.report;
  }
}

/** The process ended before it had answered. Nothing is sent again by itself. */
export class SidecarGone extends Error {
  constructor(why: string) {
    super(`The sidecar has ended before it had answered (${why}). Run the flow again: nothing is written twice.`);
    this.name = 'SidecarGone';
  }
}
