// Node-RED's real editor in a real browser: a person drags the node, fills its dialog, deploys, runs, reads the status.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { chromium } from 'playwright-core';

const given = JSON.parse(process.env.EDITOR_TEST);
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const picture = (page, name) => page.screenshot({ path: join(given.pictures, `${name}.png`) });

async function drag(page, type, x, y) {
  const node = page.locator(`.red-ui-palette-node[data-palette-type="${type}"]`);
  await node.scrollIntoViewIfNeeded();
  const from = await node.boundingBox();
  await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
  await page.mouse.down();
  await page.mouse.move(x - 40, y - 20, { steps: 5 });
  await page.mouse.move(x, y, { steps: 5 });
  await page.mouse.up();
}

/** Draws a wire from a node's output to a node's input. */
async function wire(page, from, output, to) {
  const center = async (locator) => {
    const box = await locator.boundingBox();
    return [box.x + box.width / 2, box.y + box.height / 2];
  };
  const start = page.locator(`[id="${from}"] .red-ui-flow-port-output .red-ui-flow-port`).nth(output);
  const end = page.locator(`[id="${to}"] .red-ui-flow-port-input .red-ui-flow-port`);
  await page.mouse.move(...(await center(start)));
  await page.mouse.down();
  await page.mouse.move(...(await center(end)), { steps: 12 });
  await page.mouse.up();
}

const open = (page, id) => page.locator(`[id="${id}"]`).dblclick({ position: { x: 60, y: 15 } });
const save = (page) => page.locator('#node-dialog-ok:visible').click();

async function choose(page, setting, words, choice) {
  const box = page.locator(`#zsf-${setting}`);
  await box.click();
  await box.fill(words);
  await page.locator(`[data-setting="${setting}"] li[role=option][data-value="${choice}"]`).first().click();
}

test('the flow of the screenshot, made by hand', { timeout: 240_000 }, async () => {
  const browser = await chromium.launch({ executablePath: given.chromium, headless: true, args: FLAGS });
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  const broken = [];
  page.on('pageerror', (err) => broken.push(err.message));
  try {
    await page.goto(given.url);
    await page.locator('#red-ui-palette-container .red-ui-palette-node').first().waitFor();
    await page.locator('.red-ui-palette-node[data-palette-type="salesforce-write"]').waitFor();

    // The node comes from the palette; its neighbours are Node-RED's own.
    await drag(page, 'inject', 320, 200);
    await drag(page, 'salesforce-write', 560, 200);
    await drag(page, 'debug', 850, 140);
    await drag(page, 'debug', 850, 260);
    const ids = await page.evaluate(() => {
      const found = [];
      RED.nodes.eachNode((node) => found.push(node));
      const of = (type) => found.filter((node) => node.type === type).map((node) => node.id);
      return { inject: of('inject')[0], write: of('salesforce-write')[0], debug: of('debug') };
    });
    await wire(page, ids.inject, 0, ids.write);
    await wire(page, ids.write, 0, ids.debug[0]);
    await wire(page, ids.write, 1, ids.debug[1]);

    // A connection, in the dialog of the node.
    await open(page, ids.write);
    await page.locator('#node-input-lookup-connection, #node-input-btn-connection-add').first().waitFor();
    await page.locator('#zsf-object').waitFor();
    await page.locator('#node-input-btn-connection-add, #node-input-lookup-connection').first().click();
    await page.locator('#node-config-input-name').fill('sfDev');
    await page.locator('#node-config-input-consumerKey').fill(given.connection.consumerKey);
    await page.locator('#node-config-input-consumerSecret').fill(given.connection.consumerSecret);
    await page.locator('#node-config-input-domain').fill(given.connection.domain);
    await page.locator('#node-config-input-caBundle').fill(given.connection.caBundle);
    await page.locator('#salesforce-connection-test').click();
    await page.locator('#salesforce-connection-told .fa-check').waitFor();
    await picture(page, 'connection');
    await page.locator('#node-config-dialog-ok').click();

    // The form, with choices from the org: nothing has been deployed yet.
    await choose(page, 'object', 'Account', 'Account');
    await page.locator('#zsf-validate').check();
    await page.locator('#zsf-invalidToSecondEdge').check();
    await choose(page, 'matchKey', 'Id', 'Id');
    await choose(page, 'properties', 'Account Name', 'Name');
    await page.locator('.zsf-chip').filter({ hasText: 'Account Name' }).waitFor();
    assert.equal(await page.locator('#salesforce-write-problems li').count(), 0);
    await picture(page, 'dialog');
    await page.locator('#zsf-object').click();
    await page.locator('[data-setting="object"] li[role=option]').first().waitFor();
    await picture(page, 'objects');
    await page.keyboard.press('Escape');
    await save(page);

    await open(page, ids.inject);
    const payload = page.locator('#node-input-property-container li').first();
    await payload.locator('.red-ui-typedInput-type-select').last().click();
    await page.locator('.red-ui-typedInput-options:visible [value="json"]').click();
    await payload.locator('.red-ui-typedInput-input').last().fill(JSON.stringify(given.items));
    await save(page);

    await page.locator('#red-ui-header-button-deploy').click();
    await page.locator('.red-ui-notification').filter({ hasText: 'Successfully deployed' }).waitFor();
    await page.locator(`[id="${ids.inject}"] .red-ui-flow-node-button-button`).click();
    const status = page.locator(`[id="${ids.write}"] .red-ui-flow-node-status-label`);
    await status.filter({ hasText: '1 of 2 written: 1 invalid' }).waitFor();
    await page.evaluate(() => RED.sidebar.show('debug'));
    await picture(page, 'flow');

    // What was chosen is there again, labels included.
    await open(page, ids.write);
    await page.locator('.zsf-chip').filter({ hasText: 'Account Name' }).waitFor();
    assert.equal(await page.locator('#zsf-matchKey').inputValue(), 'Id');
    assert.equal(await page.locator('#zsf-invalidToSecondEdge').isChecked(), true);
    await page.locator('#zsf-validate').uncheck();
    assert.equal(await page.locator('#zsf-invalidToSecondEdge').isVisible(), false);
    await page.locator('.zsf-form summary').click();
    await page.locator('#zsf-batchSize').fill('100');

    // A pair of the mapping: a key of the edge that the last run has shown, and a field of the object.
    await page.locator('[data-setting="fieldMapping"] .zsf-add').click();
    await page.locator('#zsf-fieldMapping-0-0').click();
    await page.locator('[data-setting="fieldMapping"] li[data-value="Name"]').first().click();
    await page.locator('#zsf-fieldMapping-1-0').fill('Account Description');
    await page.locator('[data-setting="fieldMapping"] li[data-value="Description"]').first().click();
    await picture(page, 'advanced');
    await save(page);
    const config = await page.evaluate((id) => RED.nodes.node(id).config, ids.write);
    assert.deepEqual(config.advanced, { batchSize: 100, fieldMapping: { Name: 'Description' } });
    assert.equal(config.validate, undefined);
    assert.deepEqual(broken, []);
  } catch (err) {
    await picture(page, 'failed');
    throw new Error(`${err.message} The page said: ${broken.join(' ') || 'nothing'}`);
  } finally {
    await browser.close();
  }
});
