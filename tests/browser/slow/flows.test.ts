/** The flows of a project: saved under names, opened, renamed, deleted, and never changed behind anyone's back. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { block, hold, SCREENSHOT_FLOW, setTheStage } from '../support';

const stage = setTheStage();
const OTHER = SCREENSHOT_FLOW.replace('name: Screenshot', 'name: Other');
const FILES = { 'flows/screenshot.yaml': SCREENSHOT_FLOW, 'flows/zebra.yaml': OTHER };

async function openFlows(page: Page) {
  await page.getByRole('button', { name: 'Flows' }).click();
  await page.getByRole('list', { name: 'Flows' }).waitFor();
  return page.getByRole('dialog', { name: 'Flows' });
}

const title = (page: Page) => page.getByRole('textbox', { name: 'Flow name' });

test('a copy is saved under another name, and the first stays as it was', async () => {
  const { page, studio } = await stage({ files: FILES });
  await page.getByRole('button', { name: 'Save under another name' }).click();
  await page.getByRole('textbox', { name: 'Save under the name' }).fill('second');
  await page.keyboard.press('Enter');
  await expect.poll(() => studio.read('flows/second.yaml')).toContain('name: Screenshot');
  await block(page, 'Terminator').getByRole('checkbox').check();
  await expect.poll(() => studio.read('flows/second.yaml')).toContain('sendDataInResponse: true');
  expect(studio.read('flows/screenshot.yaml')).toBe(SCREENSHOT_FLOW);
  expect(page.url()).toMatch(/#second$/);
});

test('a name that is taken is not overwritten', async () => {
  const { page, studio } = await stage({ files: FILES });
  await page.getByRole('button', { name: 'Save under another name' }).click();
  await page.getByRole('textbox', { name: 'Save under the name' }).fill('zebra');
  await page.keyboard.press('Enter');
  await page.getByText('There is a flow zebra already').waitFor();
  expect(studio.read('flows/zebra.yaml')).toBe(OTHER);
});

test('another flow is opened, renamed while it is open, and goes on being saved under its new name', async () => {
  const { page, studio } = await stage({ files: FILES });
  let flows = await openFlows(page);
  await flows.getByRole('button', { name: 'Open zebra' }).click();
  await expect.poll(() => title(page).inputValue()).toBe('Other');
  await page.getByText('Saved', { exact: true }).waitFor();
  flows = await openFlows(page);
  await flows.getByRole('button', { name: 'Rename zebra' }).click();
  const name = flows.getByRole('textbox', { name: 'New name of zebra' });
  await name.fill('screenshot');
  await page.keyboard.press('Enter');
  await flows.getByText(/There is a flow .*screenshot.* already/).waitFor();
  await name.fill('giraffe');
  await page.keyboard.press('Enter');
  await flows.getByRole('button', { name: 'Rename giraffe' }).waitFor();
  expect(studio.read('flows/giraffe.yaml')).toBe(OTHER);
  expect(studio.read('flows/zebra.yaml')).toBe('');
  await page.keyboard.press('Escape');
  await title(page).fill('Tall');
  await expect.poll(() => studio.read('flows/giraffe.yaml')).toContain('name: Tall');
  expect(studio.read('flows/zebra.yaml')).toBe('');
});

test('a flow that is opened comes into view as a whole, with the names of its wires', async () => {
  const far = OTHER.replace('target: sinkhole', 'target: sinkhole, label: Look at these')
    .replaceAll('position: { x: ', 'position: { x: 2')
    .replace('name: Other', 'name: Far away');
  const { page } = await stage({ files: { ...FILES, 'flows/zebra.yaml': far } });
  await block(page, 'Terminator').waitFor();
  const flows = await openFlows(page);
  await flows.getByRole('button', { name: 'Open zebra' }).click();
  await expect.poll(() => title(page).inputValue()).toBe('Far away');
  await page.locator('.react-flow').getByText('Look at these').waitFor();
  const canvas = await page.locator('.react-flow').boundingBox();
  if (!canvas) throw new Error('there is no canvas');
  for (const name of ['Receiver', 'SalesForce Write', 'Terminator', 'Sinkhole']) {
    const isInView = async () => {
      const box = await block(page, name).boundingBox();
      return box && box.x >= canvas.x && box.x + box.width <= canvas.x + canvas.width;
    };
    await expect.poll(isInView, { message: name }).toBe(true);
  }
});

test('the open flow is deleted after a question, and an empty one takes its place', async () => {
  const { page, studio } = await stage({ files: FILES });
  await block(page, 'Terminator').waitFor();
  const flows = await openFlows(page);
  await flows.getByRole('button', { name: 'Delete screenshot' }).click();
  await flows.getByRole('button', { name: 'Cancel' }).click();
  expect(studio.read('flows/screenshot.yaml')).toBe(SCREENSHOT_FLOW);
  await flows.getByRole('button', { name: 'Delete screenshot' }).click();
  await flows.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect.poll(() => studio.read('flows/screenshot.yaml')).toBe('');
  await expect.poll(() => flows.getByRole('listitem').count()).toBe(1);
  await page.keyboard.press('Escape');
  await page.getByText('An empty flow').waitFor();
  expect(studio.read('flows/zebra.yaml')).toBe(OTHER);
});

test('whoever comes back to the page is asked about a file that was changed or deleted meanwhile', async () => {
  const { page, studio } = await stage({ files: FILES });
  await block(page, 'Terminator').waitFor();
  const comeBack = () => page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await comeBack();
  studio.write('flows/screenshot.yaml', SCREENSHOT_FLOW.replace('name: Screenshot', 'name: By another hand'));
  await comeBack();
  await page.getByText(/screenshot was changed outside the editor/).waitFor();
  await page.getByRole('button', { name: 'Load it again' }).click();
  await expect.poll(() => title(page).inputValue()).toBe('By another hand');
  studio.remove('flows/screenshot.yaml');
  await comeBack();
  await page.getByText('The file of screenshot is gone.').waitFor();
  await page.getByRole('button', { name: 'Overwrite it' }).click();
  await expect.poll(() => studio.read('flows/screenshot.yaml')).toContain('name: By another hand');
});

test('a flow that was changed on disk asks: what is here wins only when it is told to', async () => {
  const { page, studio } = await stage({ files: FILES });
  await block(page, 'Terminator').waitFor();
  studio.write('flows/screenshot.yaml', SCREENSHOT_FLOW.replace('name: Screenshot', 'name: By another hand'));
  await block(page, 'Terminator').getByRole('checkbox').check();
  await page.getByText(/changed outside the editor/).waitFor();
  const flows = await openFlows(page);
  await flows.getByRole('button', { name: 'Rename screenshot' }).click();
  await flows.getByRole('textbox', { name: 'New name of screenshot' }).fill('other');
  await page.keyboard.press('Enter');
  await flows.getByText('The open flow is not saved.').waitFor();
  for (const other of ['Open zebra', 'New flow']) await flows.getByRole('button', { name: other }).click();
  await expect.poll(() => flows.getByText('The open flow is not saved.').count()).toBe(3);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Overwrite it' }).click();
  await expect.poll(() => studio.read('flows/screenshot.yaml')).toContain('sendDataInResponse: true');
  expect(studio.read('flows/screenshot.yaml')).toContain('name: Screenshot');
});

/** Where each button of an open dialog is. */
async function buttonsOf(page: Page): Promise<Record<string, string>> {
  const places = await page
    .getByRole('dialog')
    .locator('button')
    .evaluateAll((buttons) =>
      buttons.map((one) => {
        const { x, y } = one.getBoundingClientRect();
        return [one.getAttribute('aria-label') ?? one.textContent.trim(), `${Math.round(x)} ${Math.round(y)}`];
      }),
    );
  return Object.fromEntries(places) as Record<string, string>;
}

test.each([
  ['Flows', /\/api\/flows$/],
  ['Connections', /\/api\/connections$/],
  ['Last runs', /\/api\/history/],
  ['Data Store', /\/api\/namespaces$/],
])('in the dialog %s nothing moves under the pointer when its list comes', async (name, list) => {
  const { page } = await stage({ files: FILES });
  const release = await hold(page, list);
  await page.getByRole('button', { name, exact: true }).click();
  await page.getByRole('dialog').getByText('Loading…').waitFor();
  const before = await buttonsOf(page);
  expect(before['Close']).toBeDefined();
  await release();
  await page.getByRole('dialog').getByText('Loading…').waitFor({ state: 'detached' });
  expect(await buttonsOf(page)).toMatchObject(before);
});

test('without a network the studio on this machine is asked all the same', async () => {
  const { page } = await stage({ files: FILES });
  await page.evaluate(() => dispatchEvent(new Event('offline')));
  const dialog = await openFlows(page);
  await dialog.getByText('zebra').waitFor();
  await dialog.getByRole('button', { name: /New flow/ }).click();
  await expect.poll(() => page.locator('.react-flow__node').count()).toBe(0);
});
