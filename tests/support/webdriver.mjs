// WebKit by its own driver (WebDriver, W3C): Playwright's WebKit can be had only where its builds can be downloaded.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const WITHIN = 20_000;
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

const onPath = (name) => (process.env.PATH ?? '').split(':').map((folder) => `${folder}/${name}`).find((file) => fs.existsSync(file));

/** The programs that a WebKit takes, if all are here: the driver, its browser, and a display where there is none. */
export function findWebKit() {
  const driver = onPath('WebKitWebDriver');
  const folders = fs.existsSync('/usr/lib') ? fs.readdirSync('/usr/lib').map((name) => `/usr/lib/${name}/webkit2gtk-4.1/MiniBrowser`) : [];
  const browser = folders.find((file) => fs.existsSync(file));
  const display = process.env.DISPLAY ? undefined : onPath('Xvfb');
  return driver && browser && (process.env.DISPLAY || display) ? { driver, browser, display } : undefined;
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

/** A display of its own: `Xvfb` writes its number to a file descriptor. */
async function openDisplay(program) {
  const server = spawn(program, ['-displayfd', '3', '-screen', '0', '1280x900x24', '-nolisten', 'tcp'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const [number] = await once(server.stdio[3], 'data');
  return { server, name: `:${String(number).trim()}` };
}

/** A window of WebKit with no cookies and no history. */
export class WebKit {
  static async open() {
    const found = findWebKit();
    assert.ok(found, 'WebKit is not installed');
    const self = new WebKit();
    self.display = found.display && (await openDisplay(found.display));
    const port = await freePort();
    const env = { ...process.env, DISPLAY: self.display?.name ?? process.env.DISPLAY, LIBGL_ALWAYS_SOFTWARE: '1', WEBKIT_DISABLE_DMABUF_RENDERER: '1' };
    self.driver = spawn(found.driver, [`--port=${port}`, '--host=127.0.0.1'], { env, stdio: 'ignore' });
    self.at = `http://127.0.0.1:${port}`;
    const options = { 'webkitgtk:browserOptions': { binary: found.browser, args: ['--automation'] } };
    const { sessionId, capabilities } = await self.#eventually(() => self.#call('POST', '/session', { capabilities: { alwaysMatch: options } }));
    self.version = capabilities.browserVersion;
    self.at += `/session/${sessionId}`;
    return self;
  }

  async close() {
    await this.#call('DELETE', '').catch(() => {});
    this.driver.kill();
    this.display?.server.kill();
  }

  async #call(method, path, body) {
    const response = await fetch(this.at + path, { method, headers: { 'content-type': 'application/json' }, body: body && JSON.stringify(body) });
    const { value } = await response.json();
    if (value?.error) throw new Error(`${value.error}: ${value.message}`);
    return value;
  }

  /** The first thing that `look` finds; what it threw last, if it finds none in time. */
  async #eventually(look) {
    const end = Date.now() + WITHIN;
    for (;;) {
      let failed;
      const found = await look().catch((error) => void (failed = error));
      if (found) return found;
      if (Date.now() > end) throw failed ?? new Error(`not within ${WITHIN} ms: ${look}\n${await this.text()}`);
      await pause(100);
    }
  }

  goto(url) {
    return this.#call('POST', '/url', { url });
  }

  async reload() {
    await this.#call('POST', '/refresh', {});
  }

  async url() {
    return new URL(await this.#call('GET', '/url'));
  }

  evaluate(script, ...args) {
    return this.#call('POST', '/execute/sync', { script, args });
  }

  /** What the page shows. */
  text() {
    return this.evaluate('return document.body ? document.body.innerText : ""');
  }

  cookies() {
    return this.#call('GET', '/cookie');
  }

  /** Does something with the element that an XPath names, once it is shown and can be used. A page may be drawn anew meanwhile. */
  #with(xpath, act) {
    return this.#eventually(async () => {
      const { [ELEMENT]: id } = await this.#call('POST', '/element', { using: 'xpath', value: xpath });
      const isUsable = (await this.#call('GET', `/element/${id}/displayed`)) && (await this.#call('GET', `/element/${id}/enabled`));
      if (!isUsable || !(await this.#isAtRest(id))) return false;
      await act(`/element/${id}`);
      return true;
    });
  }

  /** Whether an element stays where it is: the driver clicks at a place, and the page may be scrolling to its next step. */
  async #isAtRest(id) {
    const place = () => this.evaluate('arguments[0].scrollIntoView({ block: "center", behavior: "instant" }); return arguments[0].getBoundingClientRect().top', { [ELEMENT]: id });
    const before = await place();
    await pause(200);
    return before === (await place());
  }

  /** Presses a button with one of these names. */
  async press(...names) {
    const any = names.map((name) => `normalize-space()="${name}"`).join(' or ');
    await this.#with(`//button[${any}]`, (element) => this.#call('POST', `${element}/click`, {}));
  }

  /** Types into a field of a form. */
  async type(name, text) {
    await this.#with(`//input[@name="${name}"]`, async (element) => {
      await this.#call('POST', `${element}/clear`, {});
      await this.#call('POST', `${element}/value`, { text });
    });
  }

  /** Waits until the page is at an origin. */
  arrive(origin) {
    return this.#eventually(async () => (await this.url()).origin === origin);
  }

  /** Waits until the page shows this. */
  see(pattern) {
    return this.#eventually(async () => pattern.test(await this.text()));
  }
}
