import { useMemo } from 'react';
import { ICONS } from './icons';
import styles from './Icon.module.css';

/** An icon by name, or a plugin's own SVG. The latter is drawn as a mask, so nothing in it can run or load. */
export function Icon({ icon, size = 18 }: { icon: string; size?: number }) {
  const mask = useMemo(
    () => (icon.trimStart().startsWith('<svg') ? `url("data:image/svg+xml,${encodeURIComponent(icon)}")` : null),
    [icon],
  );
  if (mask) {
    return (
      <span
        aria-hidden
        className={styles.mask}
        style={{ width: size, height: size, maskImage: mask, WebkitMaskImage: mask }}
      />
    );
  }
  return (
    <svg aria-hidden className={styles.icon} width={size} height={size} viewBox="0 0 24 24">
      <path d={ICONS[icon] ?? ICONS['cube']} />
    </svg>
  );
}
