/** axe finds nothing on any screen, in both themes. */
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { block, bubble, choose, expectCounts, panel, SCREENSHOT_FLOW, setTheStage, tab } from '../support';

const stage = setTheStage();
const LOCATIONS = 3;
const MINE =
  'sfMine:\n  type: salesforce\n  development: {accessToken: planted-Token-1, instanceUrl: "https://a.my.salesforce.com"}\n';

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
  const { page } = await stage({
    theme,
    files: { 'flows/screenshot.yaml': SCREENSHOT_FLOW, 'connections.yaml': MINE },
  });
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
  for (const name of ['Result', 'Wires', 'Settings'] as const) {
    await tab(page, name);
    await expectNoViolations(page, `panel, ${name}`);
  }

  await bubble(page, /SalesForce Write to Sinkhole/).click();
  const inspector = page.getByRole('dialog');
  await inspector.getByRole('tab', { name: /Items/ }).click();
  await inspector.getByRole('cell', { name: 'invalidId' }).waitFor();
  await expectNoViolations(page, 'inspector, table');
  await inspector.getByRole('button', { name: 'Tree' }).click();
  await expectNoViolations(page, 'inspector, tree');
  await inspector.getByRole('tab', { name: /Rejected/ }).click();
  await expectNoViolations(page, 'inspector, rejected');
  await inspector.getByRole('button', { name: /^Edit and send again: Item 2/ }).click();
  await expectNoViolations(page, 'inspector, a rejected item is mended');
  await inspector.getByRole('button', { name: 'Close' }).click();

  await block(page, 'SalesForce Write').getByRole('button', { name: /^Help/ }).click();
  await page.getByRole('dialog', { name: 'SalesForce Write' }).waitFor();
  await expectNoViolations(page, 'help');
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Connections' }).click();
  const dialog = page.getByRole('dialog');
  await page.getByRole('button', { name: 'Test sfDev' }).click();
  await dialog.getByText(/✓/).waitFor();
  await dialog.getByRole('button', { name: 'Delete sfMine' }).click();
  await expectNoViolations(page, 'connections');
  await dialog.getByRole('button', { name: 'Edit sfMine' }).click();
  await dialog.getByRole('button', { name: 'Save' }).waitFor();
  await expectNoViolations(page, 'connection form with a hidden value');
  await dialog.getByRole('radio', { name: /^JWT/ }).check();
  await dialog.getByText('Optional').click();
  await dialog.getByRole('button', { name: 'Use a secret for Private key' }).click();
  await dialog.getByRole('combobox', { name: 'Private key' }).fill('sfKey');
  await dialog.getByRole('option', { name: 'Use “sfKey”' }).waitFor();
  await expectNoViolations(page, 'connection form with the choice of a secret');
  await page.keyboard.press('Enter');
  await dialog.getByRole('button', { name: 'Set the value of sfKey' }).click();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText(/^Not saved/).waitFor();
  await page.keyboard.press('Escape');
  await expectNoViolations(page, 'connection form with problems');
  await dialog.getByRole('button', { name: 'Discard it' }).click();
  await dialog.getByRole('tab', { name: 'Secrets' }).click();
  await dialog.getByRole('textbox', { name: 'Name of the secret' }).waitFor();
  await expectNoViolations(page, 'secrets');
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Last runs' }).click();
  await dialog.getByText(/^Finished in/).waitFor();
  await expectNoViolations(page, 'last runs');
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Flows' }).click();
  await dialog.getByRole('button', { name: 'Rename screenshot' }).click();
  await dialog.getByRole('button', { name: 'Delete screenshot' }).click();
  await expectNoViolations(page, 'flows');
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Data Store', exact: true }).click();
  await dialog.getByText(/Data Store is empty/).waitFor();
  await expectNoViolations(page, 'empty data store');
  await page.keyboard.press('Escape');
  await keepOneFailure(page);
  await page.getByRole('button', { name: 'Data Store', exact: true }).click();
  await dialog.getByText('1 record').waitFor();
  await dialog.locator('summary').click();
  await dialog.getByRole('button', { name: 'Delete invalidId' }).click();
  await dialog.getByRole('button', { name: 'Delete the namespace' }).click();
  await expectNoViolations(page, 'data store');
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: /^Mode: development/ }).click();
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByRole('dialog', { name: 'Run in production?' }).waitFor();
  await expectNoViolations(page, 'production');
});

test.each(['light', 'dark'] as const)(
  'nothing to complain about on the way into a flow in the %s theme',
  async (theme) => {
    const { page } = await stage({ theme });
    await page.getByText('An empty flow').waitFor();
    await expectNoViolations(page, 'first screen of an empty project');
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Flows', exact: true }).click();
    await dialog.waitFor();
    await expectNoViolations(page, 'flows of an empty project');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Last runs' }).click();
    await dialog.waitFor();
    await expectNoViolations(page, 'last runs of an empty project');
    await page.keyboard.press('Escape');

    await page.getByRole('button', { name: 'From a file…' }).click();
    const input = dialog.getByLabel('Choose a file (CSV, JSON, workbook, Parquet)…');
    await expectNoViolations(page, 'a file is asked for');
    await input.setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer: Buffer.from('Account Name;Tel\nAcme\n') });
    await dialog.getByText(/^The file was not read/).waitFor();
    await expectNoViolations(page, 'a file is refused');
    const rows = Buffer.from('Account Name;Tel\nAcme;1\n');
    await input.setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer: rows });
    await choose(page, dialog, 'Object', 'acount', 'Account');
    await choose(page, dialog, 'Edge key for matching', 'Id', /^Id/);
    await dialog.getByRole('button', { name: 'Use Account Name' }).click();
    await expectNoViolations(page, 'a file is mapped');
    await dialog.getByRole('button', { name: 'Preview' }).click();
    await panel(page).getByText('Preview: nothing was written.').waitFor();
    await expectNoViolations(page, 'preview');
  },
);

test.each(['light', 'dark'] as const)(
  'nothing to complain about in menus and questions in the %s theme',
  async (theme) => {
    const flow = SCREENSHOT_FLOW.replace('matchKey: Id', 'matchKey: Id\n      advanced: { previousValues: true }');
    const { page, studio } = await stage({ theme, files: { 'flows/screenshot.yaml': flow } });
    const dialog = page.getByRole('dialog');
    await block(page, 'Sinkhole').locator('.block-header').click({ button: 'right' });
    await page.getByRole('menu').waitFor();
    await expectNoViolations(page, 'menu of a block');
    await page.getByRole('menuitem', { name: 'Add a note' }).click();
    await page.keyboard.type('A note');
    await expectNoViolations(page, 'note');
    await page.keyboard.press('Escape');
    const note = page.locator('.react-flow__node-note');
    await expect.poll(() => note.evaluate((one) => one === document.activeElement)).toBe(true);
    await page.keyboard.press('?');
    await dialog.waitFor();
    await expectNoViolations(page, 'keys');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'About this flow' }).click();
    await dialog.waitFor();
    await expectNoViolations(page, 'about the flow');
    await page.keyboard.press('Escape');

    const output = block(page, 'Receiver').getByRole('button', { name: /^Output 1/ });
    const canvas = await page.locator('.react-flow').boundingBox();
    await output.hover();
    await page.mouse.down();
    await page.mouse.move((canvas?.x ?? 0) + 200, (canvas?.y ?? 0) + (canvas?.height ?? 0) - 120, { steps: 8 });
    await page.mouse.up();
    await page.getByRole('dialog', { name: 'Add a block at the end of this wire' }).waitFor();
    await expectNoViolations(page, 'a block for a wire');
    await page.keyboard.press('Escape');

    for (const name of ['Receiver', 'Terminator', 'Sinkhole']) {
      await block(page, name).getByRole('button', { name: /^Help/ }).click();
      await dialog.waitFor();
      await expectNoViolations(page, `help of ${name}`);
      await page.keyboard.press('Escape');
    }
    await block(page, 'Terminator')
      .getByRole('button', { name: /^Collapse/ })
      .click();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await expectCounts(page, 2, 1, 1);
    await expectNoViolations(page, 'a collapsed block after a run');
    await page.getByRole('button', { name: 'Last runs' }).click();
    await dialog.getByRole('button', { name: 'Undo…' }).click();
    await page.getByText('1 of 1 would be written').waitFor();
    await expectNoViolations(page, 'undo of a run');
    await page.keyboard.press('Escape');

    await choose(page, block(page, 'SalesForce Write'), 'Object', 'contact', 'Contact');
    await block(page, 'SalesForce Write')
      .getByRole('button', { name: /^Clear Edge key/ })
      .click();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page
      .getByRole('alert')
      .getByText(/^The flow did not start/)
      .waitFor();
    await expectNoViolations(page, 'a refused start');
    await page.route(/CodeEditor\.js/, (route) => route.fulfill({ status: 404 }));
    await block(page, 'Receiver').focus();
    await page.keyboard.press('Enter');
    await page.getByText(/^The studio was updated/).waitFor();
    await page.getByText('Saved', { exact: true }).waitFor();
    studio.write('flows/screenshot.yaml', flow.replace('name: Screenshot', 'name: Another'));
    await page.getByLabel('Flow name').fill('Mine');
    await page.getByRole('button', { name: 'Overwrite it' }).waitFor();
    await expectNoViolations(page, 'banners');
  },
);

/** A write that Salesforce refuses, kept in a namespace. */
async function keepOneFailure(page: Page): Promise<void> {
  const write = block(page, 'SalesForce Write');
  await write.getByRole('checkbox', { name: 'Perform data property validation' }).uncheck();
  await choose(page, write, 'Namespace for errors', 'accountErrors', 'Use “accountErrors”');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await write.getByText('1 Failed', { exact: true }).waitFor();
}
