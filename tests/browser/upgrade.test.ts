/** A page that was left open while the studio was updated: parts of it that were not loaded yet are gone. */
import { expect, test } from 'vitest';
import { block, panel, SCREENSHOT_FLOW, setTheStage } from './support';

const stage = setTheStage();
const FILE = 'flows/screenshot.yaml';
const FLOW = { [FILE]: SCREENSHOT_FLOW };
const GONE = /\/static\/.*\/(RunsDialog|CodeEditor|layout2?|ContextMenu)\.js/;

test('a part of the page that is gone says so, leaves the editor as it is, and what was typed survives loading the page again', async () => {
  const { page, studio } = await stage({ files: FLOW });
  await page.route(GONE, (route) => route.fulfill({ status: 404, body: 'Not Found' }));
  const banner = page.getByRole('alert').filter({ hasText: 'The studio was updated' });
  await page.getByRole('button', { name: 'Last runs' }).click();
  await banner.waitFor();
  expect(await page.getByRole('dialog').count()).toBe(0);
  await page.getByRole('button', { name: 'Tidy up' }).click();
  await block(page, 'Receiver').locator('.block-header').click({ button: 'right' });
  await block(page, 'Receiver').locator('.block-header').click();
  await panel(page).getByText('Loading…').first().waitFor();

  // The save is answered late, and the page is loaded again before that.
  await page.route('**/api/flows/screenshot', async (route) => {
    if (route.request().method() === 'PUT') await new Promise((resolve) => setTimeout(resolve, 500));
    await route.continue();
  });
  const name = page.getByRole('textbox', { name: 'Flow name' });
  await name.fill('Typed before');
  await page.unroute(GONE);
  await banner.getByRole('button', { name: 'Save and load the page again' }).click();
  await expect.poll(() => banner.count()).toBe(0);
  await expect.poll(() => name.inputValue()).toBe('Typed before');
  expect(studio.read(FILE)).toContain('name: Typed before');
  await page.getByRole('button', { name: 'Last runs' }).click();
  await page.getByRole('dialog').waitFor();
});

test('the page is not loaded again while something of the flow would be lost by it', async () => {
  const { page } = await stage({ files: FLOW });
  await page.route(GONE, (route) => route.fulfill({ status: 404, body: 'Not Found' }));
  await page.getByRole('button', { name: 'Last runs' }).click();
  const again = page.getByRole('button', { name: 'Save and load the page again' });
  await again.waitFor();
  await page.route('**/api/flows/screenshot', (route) => {
    if (route.request().method() !== 'PUT') return route.continue();
    return route.fulfill({
      status: 500,
      json: { error: { code: 'internal', message: 'The disk is full.', hint: '' } },
    });
  });
  const name = page.getByRole('textbox', { name: 'Flow name' });
  await name.fill('Kept');
  await again.click();
  await page.getByText(/^The open flow is not saved\. The disk is full\./).waitFor();
  expect(await name.inputValue()).toBe('Kept');
});

test('a part of the page that does not come because nobody answers is asked for again the next time', async () => {
  const { page } = await stage({ files: FLOW });
  await page.route('**/*', (route) => route.abort());
  await page.getByRole('button', { name: 'Last runs' }).click();
  await page.getByText('This part of the page could not be loaded: the studio does not answer.').waitFor();
  await page.unroute('**/*');
  await page.getByRole('button', { name: 'Last runs' }).click();
  await page.getByRole('dialog').waitFor();
  expect(await page.getByText('The studio was updated').count()).toBe(0);
});

test('a late answer to what was asked before does not take away that nobody answers now', async () => {
  const { page } = await stage({ files: FLOW });
  // Another call that fails would say the same.
  await page.waitForLoadState('networkidle');
  let answer = () => {};
  const isToAnswer = new Promise<void>((resolve) => (answer = resolve));
  const isAsked = new Promise<void>((resolve) => {
    void page.route('**/api/flows/screenshot', async (route) => {
      const response = await route.fetch();
      resolve();
      await isToAnswer;
      await route.fulfill({ response });
    });
  });
  await page.evaluate(() => dispatchEvent(new Event('focus')));
  await isAsked;
  await page.route('**/*', (route) => route.abort());
  await page.getByRole('button', { name: 'Last runs' }).click();
  const notice = page.getByText('This part of the page could not be loaded: the studio does not answer.');
  await notice.waitFor();
  // Each part that does not come says so; the answer comes after the last of them.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const isAnswered = page.waitForEvent('requestfinished');
  answer();
  await isAnswered;
  // Time enough for the page to act on it, as it must not.
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await notice.count()).toBe(1);
});
