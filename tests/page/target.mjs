// The page of a target, the runbook, what is done by a form, and what goes wrong.
import {check} from './browser.mjs';

const text = page => page.locator('main').innerText();

export async function shows(page, url) {
  await page.goto(url + '/?q=rds-ams-15');
  await page.getByRole('link', {name: 'rds-ams-15.corp.example:3389'}).click();
  const phases = await page.locator('table.ladder tbody th').allInnerTexts();
  check('a target shows every phase of its ladder', phases.map(phase => phase.trim()).join() === 'resolve,connect,negotiate,tls,nla', phases.join());
  const bars = await page.locator('table.ladder rect').evaluateAll(all => all.map(bar => bar.getBoundingClientRect().width));
  check('with a bar for each that ran', bars.length === 5 && bars.every(width => width > 1), bars.join());
  const shown = await text(page);
  for (const part of ['credssp_closed', '0x904 / 0x7', 'What to do', 'Certificate', 'SHA-256', 'days left', 'Last probes', 'not measured'])
    check(`a target shows: ${part}`, shown.includes(part));
  await page.getByText('Log', {exact: true}).first().click();
  check('a failed probe shows its log', (await page.locator('details[open] pre').innerText()).includes('nla'));
  await page.goto(url + '/targets/rds-ams-01.corp.example%3A3389');
  const healthy = await text(page);
  for (const part of ['10.0.20348', 'CredSSP version', 'RDS-AMS-01']) check(`a healthy target shows: ${part}`, healthy.includes(part), healthy);
}

export async function runbook(page, url) {
  await page.goto(url + '/targets/rds-ams-15.corp.example%3A3389');
  await page.getByRole('link', {name: 'credssp_closed'}).first().click();
  check('a reason leads to its page', page.url() === url + '/runbook/credssp_closed' && (await text(page)).includes('Likely causes'));
  await page.getByRole('link', {name: /shows? it now/}).click();
  check('and from there to the targets that show it', (await text(page)).includes('rds-ams-15'));
  await page.getByRole('navigation', {name: 'Pages', exact: true}).getByRole('link', {name: 'Runbook'}).click();
  check('the runbook lists every reason', await page.locator('dl.index dt').count() > 100);
}

export async function probesNow(page, url) {
  await page.goto(url + '/targets/desk%20%3C1%3E');
  check('a target that was never probed says so', (await text(page)).includes('no probe has finished yet'));
  await page.getByRole('button', {name: 'Probe now'}).click();
  const fresh = await text(page);
  check('"probe now" probes and shows the result', fresh.includes('Probed just now: ') && fresh.includes('CredSSP version'), fresh);
  let refused = '';
  for (let i = 0; i < 12 && !refused.includes('budget'); ++i) {
    await page.getByRole('button', {name: 'Probe now'}).click();
    refused = await page.locator('section.panel').innerText();
  }
  check('and says when the connection budget refuses', refused.includes('the connection budget allows no probe now'), refused);
}

export async function pauses(page, url) {
  await page.goto(url + '/targets/rds-ams-09.corp.example%3A3389');
  await page.getByText('Pause this target').click();
  await page.getByLabel('Why nobody shall be alerted').fill('new <card>');
  await page.getByLabel('For how long').selectOption('4 hours');
  await page.getByRole('button', {name: 'Pause'}).click();
  check('a target is paused by its page', (await text(page)).includes('new <card>; before that ✘ failed'), await text(page));
  await page.reload();
  check('which a reload does not repeat', page.url() === url + '/targets/rds-ams-09.corp.example%3A3389', page.url());
  await page.goto(url + '/?verdict=paused');
  check('the fleet shows why', (await text(page)).includes('was failed; new <card>'));
  await page.getByRole('link', {name: 'rds-ams-09.corp.example:3389'}).click();
  await page.getByRole('button', {name: 'End the pause'}).click();
  check('and its page ends it', !(await text(page)).includes('End the pause'));
}

export async function errors(page, url) {
  const missing = await page.goto(url + '/targets/nobody');
  check('an unknown address is a page that leads on', missing.status() === 404 && (await text(page)).includes('no target "nobody"'));
  await page.goto(url + '/runbook/credssp_clsed');
  check('a reason that does not exist names those like it', (await text(page)).includes('credssp_closed'));
  await page.goto(url + '/?page=x');
  check('a wrong parameter is explained', (await text(page)).includes('page is not a number'));
}
