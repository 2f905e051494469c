// How a page of the built site starts: modules where it was served, the classic scripts where it was opened as a file.

/**
 * The script at the end of a page.
 *
 * @param {readonly string[]} modules Addresses, relative to the page.
 * @param {string} up From the page to the folder of the site.
 */
export function startUp(modules, up) {
  return `<script>(${start})(${JSON.stringify(modules)},${JSON.stringify(up)})</script>`;
}

// Runs in the page, as text.
const start = `(modules, up) => {
  const resolve = (address) => new URL(address, location.href);
  const add = (source, isModule) => {
    const script = document.createElement('script');
    if (isModule) script.type = 'module';
    else script.async = false;
    script.src = source;
    document.head.append(script);
  };
  // VitePress compares addresses with its own, which are absolute.
  for (const link of document.querySelectorAll('a[href]')) {
    const href = link.getAttribute('href');
    if (/^([a-z]+:|#)/i.test(href)) continue;
    const { pathname, search, hash } = resolve(href);
    link.setAttribute('href', pathname + search + hash);
  }
  if (location.protocol !== 'file:') {
    for (const source of modules) add(source, true);
    return;
  }
  // There a page cannot take another's address: what would be a change of page within the program loads that page.
  const go = (address) => {
    const target = resolve(address);
    if (target.pathname.endsWith('/')) target.pathname += 'index.html';
    location.href = target.href;
  };
  addEventListener('click', (event) => {
    const link = event.target.closest?.('a[href]');
    if (!link || link.protocol !== 'file:' || link.pathname === location.pathname) return;
    event.stopImmediatePropagation();
    event.preventDefault();
    go(link.href);
  }, true);
  const push = history.pushState.bind(history);
  history.pushState = (state, title, address) => {
    if (address && resolve(address).pathname !== location.pathname) go(address);
    else push(state, title, address);
  };
  add(up + 'assets/offline-data.js');
  add(up + 'assets/offline.js');
}`;
