// Both themes and a narrow screen: contrast, order, validity; with pictures of each.
import {barriers, faintTexts} from './accessibility.mjs';
import {check, open, packages} from './browser.mjs';

const {HtmlValidate} = packages('html-validate');
const PAGES = {fleet: '/', search: '/?q=0x904+0x7', target: '/targets/rds-ams-15.corp.example%3A3389', healthy: '/targets/rds-ams-14.corp.example%3A3389',
  desk: '/targets/desk%20%3C1%3E', reason: '/runbook/credssp_closed', runbook: '/runbook/', missing: '/nowhere'};
const validator = new HtmlValidate({extends: ['html-validate:standard', 'html-validate:a11y'], rules: {'long-title': 'off'}});

const dark = page => page.evaluate(() => {
  const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number);
  return r + g + b < 200;
});

async function valid(name, html) {
  const report = await validator.validateString(html);
  const messages = report.results.flatMap(result => result.messages).map(each => `${each.line}:${each.column} ${each.ruleId}: ${each.message}`);
  check(`${name}: valid HTML`, messages.length === 0, messages.join('; '));
}

export async function appearance(browser, url, pictures) {
  for (const colorScheme of ['light', 'dark']) {
    const {page, context} = await open(browser, {colorScheme});
    for (const [name, path] of Object.entries(PAGES)) {
      const answer = await page.goto(url + path);
      if (colorScheme === 'light') {
        await valid(name, await answer.text());
        const found = await page.evaluate(barriers);
        check(`${name}: nobody is left out`, found.length === 0, found.join('; '));
      }
      const faint = await page.evaluate(faintTexts);
      check(`${name}, ${colorScheme}: every text stands out`, faint.length === 0, faint.join('; '));
      await page.screenshot({path: `${pictures}/${name}-${colorScheme}.png`});
    }
    check(`${colorScheme} is what was asked for`, await dark(page) === (colorScheme === 'dark'));
    await context.close();
  }
  const {page, context} = await open(browser, {viewport: {width: 360, height: 740}});
  for (const [name, path] of Object.entries(PAGES)) {
    await page.goto(url + path);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    check(`${name}: fits a narrow screen`, wide <= 0, wide);
    await page.screenshot({path: `${pictures}/${name}-narrow.png`});
  }
  await context.close();
}
