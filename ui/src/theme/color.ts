/** Colours of a block's header: whatever a plugin chooses, white text stays readable on it. */

const READABLE = 4.5;

function channels(hex: string): [number, number, number] | null {
  const found = /^#?([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex.trim());
  if (!found) return null;
  return [parseInt(found[1] ?? '', 16), parseInt(found[2] ?? '', 16), parseInt(found[3] ?? '', 16)];
}

function luminance(rgb: readonly number[]): number {
  const [r = 0, g = 0, b = 0] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** The contrast of white text on a colour (WCAG 2.2). */
export function contrastWithWhite(hex: string): number {
  return 1.05 / (luminance(channels(hex) ?? [0, 0, 0]) + 0.05);
}

/** The colour itself, or the same one as much darker as white text on it needs. */
export function readableHeader(hex: string): string {
  let rgb: number[] = channels(hex) ?? [0x44, 0x67, 0x8c];
  while (1.05 / (luminance(rgb) + 0.05) < READABLE) rgb = rgb.map((value) => Math.floor(value * 0.97));
  return `#${rgb.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}
