// What a reader without sight, without a mouse or without colours needs. Runs inside of the page; returns what is missing.
export function barriers() {
  const found = [];
  const all = selector => [...document.querySelectorAll(selector)];
  const name = element => (element.getAttribute('aria-label') ||
    (element.getAttribute('aria-labelledby') || '').split(' ').map(id => document.getElementById(id)?.textContent || '').join('') ||
    element.textContent).trim();
  const expect = (holds, what) => { if (!holds) found.push(what); };

  expect(document.documentElement.lang === 'en', 'no language');
  expect(document.title.length > 9, 'no title');
  for (const landmark of ['header', 'main', 'footer', 'nav']) expect(document.querySelector(landmark), `no ${landmark}`);
  expect(all('h1').length === 1, 'not one h1');
  let level = 1;
  for (const heading of all('h1,h2,h3,h4')) {
    expect(Number(heading.tagName[1]) <= level + 1, `${heading.tagName} "${heading.textContent}" skips a level`);
    level = Number(heading.tagName[1]);
  }
  const ids = all('[id]').map(element => element.id);
  for (const id of ids) expect(ids.indexOf(id) === ids.lastIndexOf(id), `id ${id} twice`);
  for (const element of all('[aria-labelledby]'))
    expect(name(element), `aria-labelledby of ${element.tagName} leads nowhere`);
  for (const link of all('a,button,summary')) expect(name(link), `a ${link.tagName} without text`);
  for (const field of all('input:not([type=hidden]),select'))
    expect(field.labels.length === 1 && field.labels[0].textContent.trim(), `field ${field.name} without a label`);
  for (const image of all('img,svg'))
    expect(image.getAttribute('aria-hidden') === 'true' || name(image) || image.alt, 'an image without text');
  for (const table of all('table')) {
    expect(table.caption?.textContent.trim(), 'a table without caption');
    for (const header of table.querySelectorAll('th')) expect(header.scope, `header "${header.textContent}" without scope`);
    expect(table.querySelectorAll('[aria-sort]').length <= 1, 'sorted by two columns');
  }
  for (const time of all('time')) expect(!Number.isNaN(Date.parse(time.dateTime)), `not a time: ${time.dateTime}`);
  for (const badge of all('.badge')) expect(/[a-z]{2}/.test(badge.textContent), 'a badge without a word');
  for (const region of all('.scroll')) expect(region.tabIndex === 0 && name(region), 'a scrolled region out of reach');
  for (const element of all('[tabindex]')) expect(element.tabIndex <= 0, 'an own order of focus');
  return found;
}

// Texts whose colour does not stand out enough from what is behind them (WCAG 2.2, 1.4.3).
export function faintTexts() {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = colour => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const ground = element => {
    if (!element) return [255, 255, 255, 1];
    const own = rgba(getComputedStyle(element).backgroundColor);
    return own[3] === 1 ? own : over(own, ground(element.parentElement));
  };
  const luminance = colour => {
    const [r, g, b] = colour.slice(0, 3).map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const faint = new Map();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !element.checkVisibility()) continue;
    const behind = ground(element);
    const [a, b] = [luminance(over(rgba(getComputedStyle(element).color), behind)), luminance(behind)];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) faint.set(`${element.tagName}.${element.className}`, `${contrast.toFixed(2)} "${texts.currentNode.data.trim().slice(0, 20)}"`);
  }
  return [...faint].map(entry => entry.join(' '));
}
