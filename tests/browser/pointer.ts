/** What a hand does with the mouse. */
import type { Locator, Page } from 'playwright-core';

export async function boxOf(found: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
  const box = await found.boundingBox();
  if (!box) throw new Error('it is not drawn');
  return box;
}

export async function middleOf(found: Locator): Promise<{ x: number; y: number }> {
  const { x, y, width, height } = await boxOf(found);
  return { x: x + width / 2, y: y + height / 2 };
}

export async function drag(page: Page, from: { x: number; y: number }, to: { x: number; y: number }): Promise<void> {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  for (let step = 1; step <= 12; step += 1) {
    await page.mouse.move(from.x + ((to.x - from.x) * step) / 12, from.y + ((to.y - from.y) * step) / 12);
  }
  await page.mouse.up();
}
