// The first page: what it shows and how it is searched, filtered, sorted, paged and walked through.
import {check} from './browser.mjs';

const rows = page => page.locator('table.targets tbody tr');
const column = async (page, number) => (await rows(page).locator(`:scope > :nth-child(${number})`).allInnerTexts()).map(text => text.trim());
const caption = page => page.locator('#targets').innerText();
const states = async page => (await column(page, 2)).map(text => text.split(/\s+/)[1]);

export async function shows(page, url) {
  const answer = await page.goto(url + '/');
  const policy = answer.headers()['content-security-policy'];
  check('the policy lets the page load nothing but our style and icon', policy.startsWith("default-src 'none'; style-src 'self';"), policy);
  check('there is no script', await page.locator('script').count() === 0);
  check('the style is there', await page.evaluate(() => getComputedStyle(document.querySelector('.skip')).position) === 'absolute');
  const order = await states(page);
  const failed = order.filter(state => state === 'failed').length;
  check('failing targets come first', failed > 10 && order.slice(0, failed).every(state => state === 'failed'), order.join(' '));
  check('all targets are counted', await caption(page) === '100 of 161 targets, page 1 of 2' || /^161 of 161 targets, page 1 of 2$/.test(await caption(page)), await caption(page));
  const area = title => page.locator('section', {has: page.getByRole('heading', {name: title})});
  const vantage = await area('Vantage').innerText();
  check('Vantage: what is sound, and that what cannot be told is not', /self_probe\s+✔ sound/.test(vantage) && /control\s+\? unknown/.test(vantage), vantage);
  check('Incidents: what is open, or that none is', /None is open|They share/.test(await area('Incidents').innerText()));
}

export async function searches(page, url) {
  await page.goto(url + '/');
  await page.getByRole('searchbox').fill('error code 0x904, extended 0x7');
  await page.getByRole('searchbox').press('Enter');
  const panel = page.locator('section.panel');
  const reasons = (await panel.locator('tbody th').allInnerTexts()).map(text => text.trim());
  check('a search for codes lists the reasons behind them', reasons.includes('credssp_closed') && reasons.length > 2, reasons.join(' '));
  const shown = await column(page, 5);
  check('and the targets that have one of them now', shown.length > 0 && shown.every(reason => reasons.includes(reason)), shown.join(' '));
  const links = await panel.getByRole('link', {name: /target/}).allInnerTexts();
  check('with how many decide on each', links.length > 0, links.join(' '));
  for (const [typed, expected] of [['RDS-AMS-15', 'rds-ams-15.corp.example:3389'], ['127.10.2.7', 'rds-fra-07.corp.example:3389'],
    ['pool=kiosk', 'rds-lon-10.corp.example:3389'], ['owner=A & B', 'desk <1>'], ['cert_expired', 'rds-ams-13.corp.example:3389']]) {
    await page.goto(url + '/');
    await page.getByRole('searchbox').fill(typed);
    await page.getByRole('button', {name: 'Show'}).click();
    const hosts = await column(page, 1);
    check(`a search for ${typed} finds ${expected}`, hosts.includes(expected) && hosts.length < 20, hosts.join(' '));
  }
  await page.goto(url + '/?q=' + encodeURIComponent('<img src=x>"'));
  check('what is typed comes back as text', await page.getByRole('searchbox').inputValue() === '<img src=x>"');
}

export async function filters(page, url) {
  await page.goto(url + '/');
  await page.getByLabel('Site', {exact: true}).selectOption('ams');
  await page.getByLabel('State', {exact: true}).selectOption('failed');
  await page.getByRole('button', {name: 'Show'}).click();
  const hosts = await column(page, 1);
  check('filters narrow the table', hosts.length > 3 && hosts.every(host => host.includes('ams')), hosts.join(' '));
  check('and stay chosen', await page.getByLabel('Site', {exact: true}).inputValue() === 'ams' && await page.getByLabel('State', {exact: true}).inputValue() === 'failed');
  await page.getByRole('link', {name: 'Show all'}).click();
  check('and can be dropped', new URL(page.url()).search === '');
  await page.locator('.counts').getByRole('link', {name: /pending/}).click();
  check('a count leads to what it counts', (await states(page)).every(state => state === 'pending'), page.url());
}

export async function sorts(page, url) {
  await page.goto(url + '/?verdict=failed');
  const header = name => page.getByRole('columnheader', {name});
  await header('Target').getByRole('link').click();
  const rising = await column(page, 1);
  check('a header sorts', rising.length > 10 && rising.join() === [...rising].sort().join(), rising.join(' '));
  check('and says so', await header('Target').getAttribute('aria-sort') === 'ascending');
  await header('Target').getByRole('link').click();
  check('a second time the other way', (await column(page, 1)).join() === rising.reverse().join() && await header('Target').getAttribute('aria-sort') === 'descending');
  check('the filter stays', page.url().includes('verdict=failed'), page.url());
}

export async function pages(page, url) {
  await page.goto(url + '/?sort=host');
  const first = await column(page, 1);
  await page.getByRole('navigation', {name: 'Pages of the table'}).getByRole('link', {name: 'next'}).click();
  const second = await column(page, 1);
  check('two pages have every target once', new Set([...first, ...second]).size === 161 && first.length === 100, `${first.length} ${second.length}`);
  await page.getByRole('link', {name: 'load again every 30 s'}).click();
  const answer = await page.reload();
  check('a page loads itself again only when asked', answer.headers().refresh === '30' && page.url().includes('page=2'), page.url());
  await page.getByRole('link', {name: 'stop that'}).click();
  check('until it is told to stop', (await page.reload()).headers().refresh === undefined);
}

export async function keyboard(page, url) {
  await page.goto(url + '/');
  const focused = () => page.evaluate(() => document.activeElement.textContent.trim() || document.activeElement.name || document.activeElement.id);
  const visible = () => page.evaluate(() => {
    const box = document.activeElement.getBoundingClientRect();
    const style = getComputedStyle(document.activeElement);
    return box.left >= 0 && box.width > 0 && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  });
  await page.keyboard.press('Tab');
  check('the first stop leads past the navigation', await focused() === 'Skip to the content' && await visible());
  await page.keyboard.press('Enter');
  check('and gets there', await page.evaluate(() => document.activeElement.id) === 'main');
  let stops = [], seen = true;
  for (let i = 0; i < 16; ++i) {
    await page.keyboard.press('Tab');
    stops.push(await focused());
    seen = seen && await visible();
  }
  check('every stop shows where it is', seen, stops.join(' | '));
  check('search, filters and the button are stops', ['q', 'Show'].every(stop => stops.includes(stop)), stops.join(' | '));
  await page.getByRole('searchbox').focus();
  await page.keyboard.type('rds-fra-09');
  await page.keyboard.press('Enter');
  await page.waitForURL(/q=rds-fra-09/);
  check('a search needs no mouse', (await column(page, 1)).join() === 'rds-fra-09.corp.example:3389');
}
