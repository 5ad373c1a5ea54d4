// Opens a report in a headless Chromium and checks that it works:
//   node check.mjs report.html [--screenshots DIR] [--expect id,id,…]
// The browser is NARROWS_BROWSER, else one on PATH, driven over a pipe by the
// Chrome DevTools Protocol.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const SLOWEST_LOAD = 5000; // ms
const SLOWEST_FRAME = 33; // ms: 30 frames a second
const SLOWEST_ANSWER = 30000; // ms
const WIDEST_MISS = 0.02; // of the range, between a decoded row and its reconstruction
const WIDTHS = [1280, 400];

let failures = 0;

function judge(good, text, otherwise = text) {
  if (good) return console.log(`ok: ${text}`);
  failures += 1;
  console.error(`FAILED: ${otherwise}`);
}

function optionsFrom(given) {
  const options = { report: null, screenshots: null, expect: [] };
  for (let i = 0; i < given.length; i++) {
    if (given[i] === '--screenshots' && given[i + 1]) options.screenshots = given[++i];
    else if (given[i] === '--expect' && given[i + 1]) options.expect = given[++i].split(',').filter(Boolean);
    else options.report = options.report || given[i].startsWith('--') ? '' : resolve(given[i]);
  }
  if (!options.report) throw new Error('usage: node check.mjs report.html [--screenshots DIR] [--expect id,id,…]');
  if (!existsSync(options.report)) throw new Error(`no such file: ${options.report}`);
  return options;
}

function browserPath() {
  if (process.env.NARROWS_BROWSER) return process.env.NARROWS_BROWSER;
  const folders = (process.env.PATH || '').split(delimiter).filter(Boolean);
  return ['chromium', 'chromium-browser', 'google-chrome'].flatMap((name) => folders.map((folder) => join(folder, name))).find((file) => existsSync(file));
}

/** A browser with one tab and a profile of its own, which goes with it. */
class Browser {
  constructor(path) {
    this.profile = mkdtempSync(join(tmpdir(), 'narrows-check-'));
    this.waiting = new Map();
    this.listeners = [];
    this.last = 0;
    const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars', '--no-first-run', '--remote-debugging-pipe', `--user-data-dir=${this.profile}`];
    this.child = spawn(path, flags, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    this.gone = new Promise((done) => {
      const end = (why) => {
        for (const { reject } of this.waiting.values()) reject(new Error(why));
        done();
      };
      this.child.once('exit', () => end('the browser ended'));
      this.child.once('error', (error) => end(`the browser did not start: ${error.message}`));
    });
    this.child.stdio[3].on('error', () => {}); // told by its exit
    let rest = Buffer.alloc(0);
    this.child.stdio[4].on('data', (piece) => {
      rest = Buffer.concat([rest, piece]);
      for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
        this.receive(JSON.parse(rest.toString('utf8', 0, end)));
        rest = rest.subarray(end + 1);
      }
    });
  }

  receive({ id, method, params, result, error }) {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (!waiting) this.listeners.forEach((listener) => listener(method, params));
    else if (error) waiting.reject(new Error(`${waiting.method}: ${error.message}`));
    else waiting.resolve(result);
  }

  send(method, params = {}, sessionId = this.session) {
    const id = (this.last += 1);
    this.child.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, method });
      setTimeout(reject, SLOWEST_ANSWER, new Error(`${method}: no answer from the browser`)).unref();
    });
  }

  async openTab() {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    this.session = (await this.send('Target.attachToTarget', { targetId, flatten: true })).sessionId;
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await this.send(`${domain}.enable`);
    await this.resize(WIDTHS[0]);
  }

  /** What a function returns that is called in the page. */
  async call(work, ...given) {
    const expression = `(${work})(...${JSON.stringify(given)})`;
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description || exceptionDetails.text);
    return result.value;
  }

  frames() {
    return this.call(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))));
  }

  async resize(width) {
    await this.send('Emulation.setDeviceMetricsOverride', { width, height: 900, deviceScaleFactor: 1, mobile: false });
    await this.frames();
  }

  async arrowRight(times) {
    const key = { key: 'ArrowRight', code: 'ArrowRight', windowsVirtualKeyCode: 39 };
    for (let i = 0; i < 2 * times; i++) await this.send('Input.dispatchKeyEvent', { type: i % 2 ? 'keyUp' : 'rawKeyDown', ...key });
    await this.frames();
  }

  async mouse(type, { x, y }) {
    await this.send('Input.dispatchMouseEvent', { type, x, y, ...(type === 'mouseMoved' ? {} : { button: 'left', clickCount: 1 }) });
    await this.frames();
  }

  async picture(file, clip) {
    const { data } = await this.send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: true, clip: { ...clip, scale: 1 } });
    writeFileSync(file, Buffer.from(data, 'base64'));
  }

  async close() {
    const late = setTimeout(() => this.child.kill('SIGKILL'), 3000);
    this.send('Browser.close', {}, undefined).catch(() => {});
    await this.gone;
    clearTimeout(late);
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

/** Notes what the page must not do: complain, or ask for anything. */
function watch(browser, url) {
  const seen = { errors: [], requests: [] };
  const own = (asked) => asked.split('#')[0] === url || /^(data|blob):/.test(asked);
  browser.listeners.push((method, params) => {
    if (method === 'Runtime.exceptionThrown') seen.errors.push(params.exceptionDetails.exception?.description || params.exceptionDetails.text);
    if (method === 'Runtime.consoleAPICalled' && ['error', 'assert'].includes(params.type)) seen.errors.push(params.args.map((arg) => arg.value ?? arg.description).join(' '));
    if (method === 'Log.entryAdded' && params.entry.level === 'error') seen.errors.push(params.entry.text);
    if (method === 'Network.requestWillBeSent' && !own(params.request.url)) seen.requests.push(params.request.url);
  });
  return seen;
}

async function load(browser, url) {
  // Times the page's own work in every frame, for the check of the sliders.
  const source = 'window.framesTaken = []; const plain = requestAnimationFrame; window.requestAnimationFrame = (work) => plain((time) => { const from = performance.now(); work(time); window.framesTaken.push(performance.now() - from); });';
  await browser.send('Page.addScriptToEvaluateOnNewDocument', { source });
  await browser.send('Page.navigate', { url });
  await browser.call(() => new Promise((done) => (document.readyState === 'complete' ? done() : addEventListener('load', () => done()))));
  const painted = await browser.call(() => new Promise((done) => {
    new PerformanceObserver((list) => done(list.getEntries()[0].startTime)).observe({ type: 'paint', buffered: true });
  }));
  const took = await browser.call(() => performance.timing.loadEventEnd - performance.timing.navigationStart);
  const text = `loaded in ${took.toFixed(0)} ms, first paint at ${painted.toFixed(0)} ms`;
  judge(Math.max(took, painted) < SLOWEST_LOAD, text, `${text}, over ${SLOWEST_LOAD} ms`);
}

async function checkStructure(browser, expected) {
  for (const id of expected) {
    const height = await browser.call((id) => document.getElementById(id)?.getBoundingClientRect().height ?? null, id);
    judge(height > 0, `section ${id}`, `section ${id} ${height === null ? 'is missing' : 'has no height'}`);
  }
  const [count, broken] = await browser.call(async () => {
    await Promise.allSettled([...document.images].map((image) => image.decode()));
    return [document.images.length, [...document.images].filter((image) => !image.naturalWidth).map((image) => image.alt || image.src.slice(0, 60))];
  });
  judge(!broken.length, `${count} images`, `broken images: ${broken.join(', ')}`);
  for (const width of WIDTHS) {
    await browser.resize(width);
    const wide = await browser.call(() => document.documentElement.scrollWidth);
    judge(wide <= width, `fits a width of ${width}`, `at a width of ${width} the page is ${wide} wide`);
  }
  await browser.resize(WIDTHS[0]);
}

async function checkSlider(browser) {
  const decoded = () => document.getElementById('live-picture')?.toDataURL() ?? document.getElementById('live-columns')?.innerText ?? '';
  const [has, unit] = await browser.call(() => {
    const slider = document.querySelector('#live-controls input[type=range]');
    slider?.focus();
    return [Boolean(JSON.parse(document.getElementById('page-data')?.textContent ?? '{}').decoder), slider?.labels[0].textContent];
  });
  if (!has) return judge(true, 'no decoder in this page, so its sliders are left out');
  if (!unit) return judge(false, 'the page has a decoder but no slider');
  await browser.frames();
  const before = await browser.call(decoded);
  await browser.call(() => { window.framesTaken.length = 0; });
  await browser.arrowRight(20);
  judge(before && before !== (await browser.call(decoded)), `moving ${unit} changes what is decoded`, `moving ${unit} does not change what is decoded`);
  const slowest = await browser.call(() => Math.max(0, ...window.framesTaken));
  judge(slowest < SLOWEST_FRAME, `the slowest frame took ${slowest.toFixed(1)} ms`, `a frame took ${slowest.toFixed(1)} ms, over ${SLOWEST_FRAME} ms`);
}

/** In the page: a dot that no other lies on, scrolled into view. */
function openDot() {
  for (const circle of document.querySelectorAll('circle[data-at]')) {
    circle.scrollIntoView({ block: 'center', behavior: 'instant' });
    const box = circle.getBoundingClientRect();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    if (document.elementFromPoint(x, y) !== circle) continue;
    return { x, y, name: JSON.parse(document.getElementById('page-data').textContent).points.names[circle.dataset.at] };
  }
  return null;
}

async function checkMap(browser) {
  const dot = await browser.call(openDot);
  if (!dot) return judge(true, 'no dots of rows in this page, so its maps are left out');
  await browser.mouse('mouseMoved', dot);
  const card = await browser.call(() => document.querySelector('.live-card:not([hidden])')?.innerText ?? '');
  judge(card.includes(dot.name), `pointing at a dot shows ${dot.name}`, `pointing at the dot of ${dot.name} shows no card of it`);
  for (const type of ['mousePressed', 'mouseReleased']) await browser.mouse(type, dot);
  const panel = await browser.call(() => document.getElementById('live-row')?.innerText ?? '');
  judge(panel.includes(dot.name), `a click on it makes ${dot.name} the chosen row`, `a click on the dot of ${dot.name} leaves as the chosen row: ${panel || 'nothing'}`);
}

/** In the page: how far the chosen row, decoded here, is from the
    reconstruction in the report, as a mean part of the range. */
function difference() {
  const { points, columns } = JSON.parse(document.getElementById('page-data').textContent);
  const chosen = document.querySelector('circle.chosen')?.dataset.at;
  const [ours, theirs] = ['live-picture', 'live-reconstruction'].map((id) => document.getElementById(id));
  if (chosen === undefined || !points.codes || !(ours || points.rows)) return null;
  const mean = (parts) => (parts.length ? parts.reduce((sum, part) => sum + part, 0) / parts.length : null);
  if (ours) {
    if (ours.width !== theirs.width || ours.height !== theirs.height) return null; // shrunk
    const [one, other] = [ours, theirs].map((canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data);
    return mean(Array.from(one, (value, i) => Math.abs(value - other[i]) / 255).filter((_, i) => i % 4 < 3));
  }
  return mean([...document.querySelectorAll('#live-columns li')].flatMap((line) => {
    const at = columns.findIndex(({ name }) => name === line.querySelector('.column').textContent);
    const value = Number(line.querySelector('.value').textContent.replace(/,/g, '').replace('−', '-'));
    const { levels, low, high, circle } = columns[at];
    const by = Math.abs(value - points.rows[chosen].reconstruction[at]);
    return levels || !(high > low) ? [] : [(circle ? Math.min(by, circle[0] - by) : by) / (high - low)];
  }));
}

async function checkDecoder(browser) {
  const by = await browser.call(difference);
  if (by === null) return judge(true, 'no row can be decoded and held against its reconstruction');
  const off = `${(100 * by).toFixed(2)} % of the range`;
  judge(by < WIDEST_MISS, `its code decodes to its reconstruction, within ${off}`, `its code decodes to something ${off} off its reconstruction`);
}

async function takePictures(browser, folder) {
  mkdirSync(folder, { recursive: true });
  await browser.mouse('mouseMoved', { x: 1, y: 1 });
  for (const [name, width, value] of [['light', WIDTHS[0], 'light'], ['dark', WIDTHS[0], 'dark'], ['narrow', WIDTHS[1], 'light']]) {
    await browser.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value }] });
    await browser.resize(width);
    await browser.picture(join(folder, `${name}.png`), (await browser.send('Page.getLayoutMetrics')).cssContentSize);
  }
  await browser.resize(WIDTHS[0]);
  const sections = await browser.call(() => [...document.querySelectorAll('section[id]')].map((section) => {
    const { x, y, width, height } = section.getBoundingClientRect();
    return { id: section.id, clip: { x: x + scrollX, y: y + scrollY, width, height } };
  }));
  for (const { id, clip } of sections) if (clip.height > 0) await browser.picture(join(folder, `section-${id}.png`), clip);
  judge(true, `screenshots in ${folder}`);
}

async function main() {
  const options = optionsFrom(process.argv.slice(2));
  const path = browserPath();
  if (!path) {
    console.log('SKIPPED: no browser found');
    return process.env.NARROWS_BROWSER_REQUIRED === '1' ? 1 : 0;
  }
  const url = pathToFileURL(options.report).href;
  const browser = new Browser(path);
  try {
    await browser.openTab();
    const seen = watch(browser, url);
    await load(browser, url);
    await checkStructure(browser, options.expect);
    await checkSlider(browser);
    await checkMap(browser);
    await checkDecoder(browser);
    if (options.screenshots) await takePictures(browser, options.screenshots);
    judge(!seen.errors.length, 'no errors on the console', `on the console: ${seen.errors.join('; ')}`);
    judge(!seen.requests.length, 'no requests', `the page asked for: ${seen.requests.join(', ')}`);
  } finally {
    await browser.close();
  }
  return failures ? 1 : 0;
}

main().then((code) => { process.exitCode = code; }, (error) => {
  console.error(`FAILED: ${error.message}`);
  process.exitCode = 1;
});
