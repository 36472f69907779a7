// Chromium, and what it noticed: every request and every complaint on its console is kept.
import {createRequire} from 'node:module';

export const packages = createRequire(process.env.PAGE_PACKAGES + '/');
const {chromium} = packages('playwright-core');

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

export const launch = () => chromium.launch({executablePath: '/usr/bin/chromium', args: FLAGS});

// A page of its own context: {page, requests, complaints}.
export async function open(browser, options = {}) {
  const context = await browser.newContext({viewport: {width: 1280, height: 900}, ...options});
  const page = await context.newPage();
  const requests = [], complaints = [];
  page.on('request', request => requests.push(request.url()));
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', error => complaints.push(String(error)));
  page.setDefaultTimeout(8000);
  return {page, context, requests, complaints};
}

// One line of JSON for each thing that must hold; the last that is told decides on the exit code.
export function check(what, holds, seen = '') {
  console.log(JSON.stringify({what, holds: Boolean(holds), seen: holds ? '' : String(seen).slice(0, 500)}));
}
