/** What was written, partly written and not written has a word, an icon and a colour of its own, in both themes. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { block, SCREENSHOT_FLOW, setTheStage } from '../support';

const stage = setTheStage();
const VERDICTS: [string, string, RegExp][] = [
  ['all', SCREENSHOT_FLOW.replace(/\n *\{\s*Id: 'invalidId'[^}]*\},?/, ''), /1 of 1 written/],
  ['some', SCREENSHOT_FLOW, /1 of 2 written/],
  ['none', SCREENSHOT_FLOW.replace("Id: '001gL000002rbzaQAA'", "Id: 'wrong, too'"), /0 of 2 written/],
];

/** How the verdict on the block, its mark, and the level of the log's last line look. */
async function looks(page: Page, said: RegExp) {
  const write = block(page, 'SalesForce Write');
  const colour = (element: Element) => getComputedStyle(element).color;
  const levels = page.getByRole('region', { name: 'Log lines' }).getByText(/^(SUCCESS|WARNING|ERROR)$/);
  const level = levels.last();
  return {
    words: await write.getByText(said).last().evaluate(colour),
    mark: await write
      .getByRole('img', { name: /^Result: / })
      .evaluate((one) => `${one.innerHTML} ${getComputedStyle(one).color} ${getComputedStyle(one).backgroundColor}`),
    last: `${await level.innerText()} ${await level.evaluate(colour)}`,
  };
}

test.each(['light', 'dark'] as const)('in the %s theme the three are told apart', async (theme) => {
  const seen = new Map<string, Awaited<ReturnType<typeof looks>>>();
  for (const [name, flow, said] of VERDICTS) {
    const { page } = await stage({ files: { 'flows/screenshot.yaml': flow } });
    await page.emulateMedia({ colorScheme: theme });
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await block(page, 'SalesForce Write').getByText(said).last().waitFor();
    await page
      .getByRole('region', { name: 'Log lines' })
      .getByText(/^Finished in/)
      .waitFor();
    seen.set(name, await looks(page, said));
  }
  const all = [...seen.values()];
  for (const part of ['words', 'mark', 'last'] as const) {
    expect(new Set(all.map((one) => one[part])).size, `${part}: ${JSON.stringify(all.map((one) => one[part]))}`).toBe(
      3,
    );
  }
});
