/** axe finds nothing on any screen, in both themes. */
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { block, bubble, expectCounts, panel, SCREENSHOT_FLOW, setTheStage } from './support';

const stage = setTheStage();
const LOCATIONS = 3;

async function expectNoViolations(page: Page, screen: string): Promise<void> {
  // The page's policy forbids script elements, so axe comes in through the debugger.
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const run = (window as unknown as { axe: typeof axe }).axe.run;
    const { violations } = await run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return violations.map((one) => ({
      id: one.id,
      nodes: one.nodes.map((node) => `${node.html} ${node.failureSummary ?? ''}`),
    }));
  });
  const shown = found.map((one) => `${screen}: ${one.id}\n${one.nodes.slice(0, LOCATIONS).join('\n')}`);
  expect(shown).toEqual([]);
}

test.each(['light', 'dark'] as const)('nothing to complain about on any screen in the %s theme', async (theme) => {
  const { page } = await stage({ theme, files: { 'flows/screenshot.yaml': SCREENSHOT_FLOW } });
  await block(page, 'SalesForce Write').waitFor();
  await expectNoViolations(page, 'editor');

  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await expectCounts(page, 2, 1, 1);
  await block(page, 'SalesForce Write').locator('.block-header').click();
  await panel(page).getByText('Advanced').click();
  await panel(page).getByRole('button', { name: 'About Object' }).click();
  await panel(page).locator('details').first().locator('summary').click();
  await expectNoViolations(page, 'panel with report');

  await panel(page).getByRole('combobox', { name: 'Object' }).click();
  await page.getByRole('option', { name: 'Account', exact: true }).waitFor();
  await expectNoViolations(page, 'menu');
  await page.keyboard.press('Escape');

  await block(page, 'Receiver').locator('.block-header').click();
  await panel(page).getByRole('textbox', { name: 'Test Data' }).waitFor();
  await expectNoViolations(page, 'test data');

  await bubble(page, /SalesForce Write to Sinkhole/).click();
  const inspector = page.getByRole('dialog');
  await inspector.getByRole('cell', { name: 'invalidId' }).waitFor();
  await expectNoViolations(page, 'inspector, table');
  await inspector.getByRole('button', { name: 'Tree' }).click();
  await expectNoViolations(page, 'inspector, tree');
  await inspector.getByRole('tab', { name: /Rejected/ }).click();
  await expectNoViolations(page, 'inspector, rejected');
  await inspector.getByRole('button', { name: 'Close' }).click();

  await block(page, 'SalesForce Write').getByRole('button', { name: /^Help/ }).click();
  await page.getByRole('dialog', { name: 'SalesForce Write' }).waitFor();
  await expectNoViolations(page, 'help');
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Connections' }).click();
  await page.getByRole('button', { name: 'Test sfDev' }).click();
  await page.getByRole('dialog').getByText(/✓/).waitFor();
  await expectNoViolations(page, 'connections');
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Data Store' }).click();
  await page.getByRole('dialog', { name: 'Data Store' }).waitFor();
  await expectNoViolations(page, 'data store');
});
