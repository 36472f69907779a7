// node check.mjs URL PICTURES: prints one line of JSON for each thing that must hold.
import {appearance} from './appearance.mjs';
import {check, launch, open} from './browser.mjs';
import * as fleet from './fleet.mjs';
import * as target from './target.mjs';

const [url, pictures] = process.argv.slice(2);
const browser = await launch();
const seen = await open(browser);
await fleet.shows(seen.page, url);
await fleet.searches(seen.page, url);
await fleet.filters(seen.page, url);
await fleet.sorts(seen.page, url);
await fleet.pages(seen.page, url);
await fleet.keyboard(seen.page, url);
await target.shows(seen.page, url);
await target.runbook(seen.page, url);
await target.probesNow(seen.page, url);
await target.pauses(seen.page, url);
// Of a probe that the budget refuses, Chromium tells the status itself.
const complaints = seen.complaints.filter(text => !text.includes('status of 429'));
check('the console stays silent', complaints.length === 0, complaints.join('; '));
await target.errors(seen.page, url);
const foreign = seen.requests.filter(request => !request.startsWith(url + '/'));
check('nothing is asked of anyone else', foreign.length === 0, foreign.join(' '));
await appearance(browser, url, pictures);
await browser.close();
