import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { aptInstall, mayInstall } from './apt.js';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** What `launchChromium` may take where it has to install the browser first; else it takes a second or two. */
export const chromiumTimeoutMs = 10 * 60 * 1000;

/**
 * Headless Chromium: the one at `CHROMIUM`, else the machine's, else (root on Debian) installed, and said aloud.
 *
 * @throws Error that says what to install.
 */
export async function launchChromium(args: readonly string[] = []): Promise<Browser> {
  const executablePath = process.env['CHROMIUM'] ?? places.find(existsSync) ?? (await install());
  return chromium.launch({
    executablePath,
    timeout: 60_000,
    args: [
      // Chromium has no sandbox for root, and says so instead of starting.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      // What it asks of its maker's servers by itself is no request of the page's, but noise in the firewall's log.
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...args,
    ],
  });
}

async function install(): Promise<string> {
  if (!mayInstall()) {
    throw new Error(
      'This test needs Chromium. Install it (Debian: apt-get install chromium), or name one in CHROMIUM.',
    );
  }
  try {
    await aptInstall('chromium', '/usr/bin/chromium');
  } catch (error) {
    throw new Error('Chromium could not be installed. By hand: apt-get install chromium', { cause: error });
  }
  return '/usr/bin/chromium';
}
