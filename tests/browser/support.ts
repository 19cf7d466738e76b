/** A studio of the test's own, a browser, and the few things that every story does. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Locator, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';

const HERE = dirname(fileURLToPath(import.meta.url));
export const ROOT = join(HERE, '..', '..');
export const FIVE_LINE_PLUGIN = join(ROOT, 'examples', 'five_line_plugin', 'shout_plugin.py');
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
/** Of two such switches the last one counts, so those that Playwright turns off stand here, too. */
const UNUSED_FEATURES = [
  // A window's address bar draws its menus in pages of its own, which take more time than the start of the editor.
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxFullPopup',
  'PreloadTopChromeWebUI',
  'SpareRendererForSitePerProcess',
  ...['AimEnabled', 'AvoidCorsURLLoaderRestartOnRedirect', 'AvoidUnnecessaryBeforeUnloadCheckSync'],
  ...['DestroyProfileOnBrowserClose', 'HttpsFirstBalancedModeAutoEnable', 'HttpsUpgrades', 'LensOverlay'],
  ...['MediaRouter', 'NetworkTimeServiceQuerying', 'OptimizationHints', 'PaintHolding', 'PreconnectToSearch'],
  ...['ThirdPartyStoragePartitioning'],
];
const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  `--disable-features=${UNUSED_FEATURES.join(',')}`,
];
/** A busy machine is slow; what never comes is found all the same. */
const PATIENCE_MS = 20_000;
export const ACCOUNT_ID = '001gL000002rbzaQAA';
const ORG = `connection: sfDev\nrecords:\n  Account:\n    - {Id: ${ACCOUNT_ID}, Name: Original Name}\n`;
export const TEST_DATA = `[
  {
    Id: '${ACCOUNT_ID}',
    Name: 'Changed Name 1'
  },
  {
    Id: 'invalidId',
    Name: 'Changed Name 2'
  },
]`;

interface Answer {
  id: number;
  url?: string;
}

/**
 * The process in which the studios of a worker run, whatever file of tests they are for; the first one starts it, and a
 * new one after it was killed. It ends with the worker, which holds its stdin.
 */
class StudioProcess {
  private readonly answers = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>();
  private readonly process: ChildProcess;
  private rest = '';

  constructor() {
    const python = join(ROOT, '.venv', 'bin', 'python');
    this.process = spawn(python, [join(HERE, 'studio_for_tests.py')], {
      stdio: ['pipe', 'pipe', 'inherit'],
      cwd: ROOT,
    });
    this.process.stdout?.on('data', (data: Buffer) => {
      this.hear(data.toString());
    });
    this.process.once('exit', (code) => {
      for (const one of this.answers.values()) one.reject(new Error(`the studios ended with ${String(code)}`));
    });
  }

  get isAlive(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  ask(id: number, question: object): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.answers.set(id, { resolve, reject });
      this.process.stdin?.write(`${JSON.stringify(question)}\n`);
    });
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    if (!this.isAlive) return;
    this.answers.clear();
    await new Promise((resolve) => {
      this.process.once('exit', resolve);
      this.process.kill(signal);
    });
  }

  private hear(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) {
      const answer = JSON.parse(line) as Answer;
      this.answers.get(answer.id)?.resolve(answer);
      this.answers.delete(answer.id);
    }
  }
}

let shared: StudioProcess | undefined;
let started = 0;

export class Studio {
  url = '';
  private id: number | undefined;

  constructor(
    readonly folder: string,
    private readonly options: string[],
  ) {}

  async start(port = '0'): Promise<void> {
    if (!shared?.isAlive) shared = new StudioProcess();
    started += 1;
    this.id = started;
    const question = { start: started, arguments: [this.folder, '--port', port, ...this.options] };
    const { url } = await shared.ask(started, question);
    if (url === undefined) throw new Error('the studio did not start; stderr says why');
    this.url = url;
  }

  /** Ends the studio, or with a signal the process, as a crash does. */
  async stop(signal?: NodeJS.Signals): Promise<void> {
    const { id } = this;
    this.id = undefined;
    if (signal) await shared?.kill(signal);
    else if (id !== undefined && shared?.isAlive) await shared.ask(id, { stop: id });
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), text);
  }

  remove(path: string): void {
    rmSync(join(this.folder, path));
  }

  read(path: string): string {
    return existsSync(join(this.folder, path)) ? readFileSync(join(this.folder, path), 'utf8') : '';
  }
}

export interface Stage {
  page: Page;
  studio: Studio;
}

interface Setting {
  options?: string[];
  files?: Record<string, string>;
  theme?: 'light' | 'dark';
}

/** One browser for a file; each `stage` has a project, a studio and a page of its own. Foreign requests and errors fail. */
export function setTheStage(): (setting?: Setting) => Promise<Stage> {
  let browser: Browser;
  const open: { page: Page; studio: Studio; close: () => Promise<void>; complaints: string[] }[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ARGUMENTS,
    });
  });
  afterAll(async () => {
    await browser.close();
  });
  afterEach(async ({ task }) => {
    const done = open.splice(0);
    for (const one of done) {
      if (task.result?.state === 'fail') await picture(one.page, task.name);
      await one.close();
      await one.studio.stop();
      rmSync(one.studio.folder, { recursive: true, force: true });
    }
    expect(done.flatMap((one) => one.complaints)).toEqual([]);
  });

  return async ({ options = [], files = {}, theme = 'light' } = {}) => {
    const studio = new Studio(mkdtempSync(join(tmpdir(), 'ziggy-browser-')), options);
    studio.write('sandbox.yaml', ORG);
    for (const [path, text] of Object.entries(files)) studio.write(path, text);
    await studio.start();
    const context = await browser.newContext({
      viewport: { width: 1600, height: 1000 },
      colorScheme: theme,
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const complaints: string[] = [];
    page.on('request', (request) => {
      const isOwn = request.url().startsWith(studio.url) || request.url().startsWith('data:');
      if (!isOwn) complaints.push(`a request left the machine: ${request.url()}`);
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (/Content Security Policy/i.test(message.text())) complaints.push(message.text());
    });
    open.push({ page, studio, close: () => context.close(), complaints });
    await page.goto(studio.url);
    await page.getByRole('navigation', { name: 'Blocks' }).waitFor();
    return { page, studio };
  };
}

export const block = (page: Page, name: string): Locator => page.getByRole('group', { name: `${name} block` });
export const panel = (page: Page): Locator => page.getByRole('complementary', { name: 'Block settings' });
export const tab = (page: Page, name: 'Settings' | 'Result' | 'Wires'): Promise<void> =>
  panel(page).getByRole('tab', { name }).click();
export const bubble = (page: Page, name: RegExp): Locator => page.locator('.react-flow').getByRole('button', { name });

/** A machine of a quarter of the speed. */
export async function slowDown(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
}

/** Holds what the server says to this until it is told to go on. */
export async function hold(page: Page, url: string | RegExp): Promise<() => Promise<void>> {
  let release = (): void => undefined;
  const isReleased = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(url, async (route) => {
    await isReleased;
    await route.continue().catch(() => undefined);
  });
  return async () => {
    release();
    await page.unroute(url);
  };
}

export async function choose(
  page: Page,
  within: Locator,
  field: string,
  text: string,
  option: string | RegExp,
): Promise<void> {
  const box = within.getByRole('combobox', { name: field });
  await box.click();
  await box.fill(text);
  await page.getByRole('option', { name: option, exact: true }).first().click();
}

/** Nothing is under way: a run started before that would be asked about. */
export async function runEnds(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Stop', exact: true, disabled: true }).waitFor();
}

/** The records on the wires when a run has ended, in the order of the flow of the screenshot. */
export async function expectCounts(page: Page, received: number, written: number, rejected: number): Promise<void> {
  await bubble(page, new RegExp(`^${records(received)}, Receiver to SalesForce Write`)).waitFor();
  await bubble(page, new RegExp(`^${records(written)}, SalesForce Write to Terminator`)).waitFor();
  await bubble(page, new RegExp(`^${records(rejected)}, SalesForce Write to Sinkhole`)).waitFor();
  await runEnds(page);
}

function records(count: number): string {
  return count === 1 ? '1 record' : `${count} records`;
}

export const SCREENSHOT_FLOW = readFileSync(join(ROOT, 'examples', 'quickstart', 'flows', 'screenshot.yaml'), 'utf8');

/** What a failing test saw. */
async function picture(page: Page, name: string): Promise<void> {
  const file = join(ROOT, 'test-results', `${name.replace(/[^a-z0-9]+/gi, '-')}.png`);
  await page.screenshot({ path: file });
}
