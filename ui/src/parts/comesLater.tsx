import { useEffect, useState, type ComponentType, type ReactNode } from 'react';

interface Options {
  /** Stands in its place until it is there. */
  meanwhile?: ReactNode;
  /** When it cannot be loaded: what asked for it is taken back. */
  onMissing?: () => void;
}

/**
 * A part of the page that is loaded when it is first drawn. Unlike React's `lazy`, one that did not come is asked for
 * again the next time, and takes nothing else of the page with it.
 */
export function comesLater<Props extends object>(
  load: () => Promise<{ default: ComponentType<Props> }>,
  { meanwhile = null, onMissing }: Options = {},
): ComponentType<Props> {
  let known: ComponentType<Props> | null = null;
  return function Later(props: Props) {
    const [Part, setPart] = useState(() => known);
    useEffect(() => {
      if (Part) return undefined;
      let isGone = false;
      load().then(
        (module) => {
          known = module.default;
          if (!isGone) setPart(() => module.default);
        },
        () => {
          if (!isGone) onMissing?.();
        },
      );
      return () => {
        isGone = true;
      };
    }, [Part]);
    return Part ? <Part {...props} /> : meanwhile;
  };
}
