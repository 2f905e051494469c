// What a page runs on file://, where browsers refuse modules, workers from files and fetch: one classic script that has
// all pages, and one with the sources of workers and the files that they fetch.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { BASE, withoutBase } from './addresses.mjs';

const ASSETS = `${BASE}assets/`;
const ENTRY = 'virtual:entry';
const GLOBALS = 'virtual:globals';

/**
 * The two scripts.
 *
 * @param {string} folder
 * @param {readonly string[]} files Paths in it.
 */
export async function offlineBundle(folder, files) {
  const assets = files.filter((file) => file.startsWith('assets/'));
  const workers = assets.filter((file) => /^assets\/worker-[^/]*\.js$/.test(file));
  // Of the two builds of the wasm backend every browser that can show the page takes the one with SIMD.
  const data = assets.filter((file) => /-simd-[^/]*\.wasm$|\.bin$/.test(file));
  /** @type {Record<string, string>} */
  const sources = {};
  for (const worker of workers) sources[nameOf(worker)] = await classic(join(folder, worker), [inWorker]);
  const contents = data.map((file) => [nameOf(file), readFileSync(join(folder, file)).toString('base64')]);
  return {
    script: await classic(ENTRY, [entry(folder, assets), onPage]),
    data:
      `globalThis.ctOffline={sources:${JSON.stringify(sources)},` +
      `data:${JSON.stringify(Object.fromEntries(contents))}}`,
  };
}

/** @param {string} file */
const nameOf = (file) => file.slice('assets/'.length);

/**
 * A module and all that it imports, now or later, as one classic script.
 *
 * @param {string} input
 * @param {import('rolldown').Plugin[]} plugins
 */
async function classic(input, plugins) {
  const bundle = await rolldown({ input, plugins, platform: 'browser', logLevel: 'silent', checks: {} });
  const { output } = await bundle.generate({ format: 'iife', codeSplitting: false, minify: true });
  return output[0].code;
}

/** A worker that came from a blob fetches nothing: its files are texts. */
const inWorker = {
  name: 'in-worker',
  transform: (/** @type {string} */ code) =>
    withoutBase(withoutUrl(code), (text) => `ctOffline.address(${text}.slice(${ASSETS.length}))`),
};

const onPage = {
  name: 'on-page',
  transform: (/** @type {string} */ code, /** @type {string} */ id) => {
    if (!id.endsWith('.js')) return null;
    const worker = /new Worker\(new URL\(`\/__base__\/assets\/([^`]+)`,\s*``\+import\.meta\.url\),\{type:`module`\}\)/g;
    const rest = code
      .replace(worker, 'new Worker(ctOffline.worker("$1"))')
      .replace(/,__vite__mapDeps\(\[[\d,]*\]\)/g, ',[]')
      // VitePress imports a page by an address that it has worked out.
      .replace(/\bimport\((\w+)\)/g, 'ctOffline.page($1)');
    return withoutBase(withoutUrl(rest), (text) => `${text}.replaceAll("${BASE}",ctOffline.base)`);
  },
};

/** @param {string} code */
const withoutUrl = (code) => code.replaceAll('import.meta.url', 'ctOffline.url');

/**
 * Where the script of all pages begins: what VitePress' entry needs, then that entry.
 *
 * @param {string} folder
 * @param {readonly string[]} assets
 */
function entry(folder, assets) {
  const at = (/** @type {string} */ file) => JSON.stringify(join(folder, file));
  const pages = assets.filter((file) => /\.md\.[^.]+\.js$/.test(file));
  const start = ['metadata', 'app'].map((name) =>
    assets.find((file) => new RegExp(`/${name}\\.[^/]*\\.js$`).test(file)),
  );
  /** @type {Record<string, string>} */
  const modules = {
    [ENTRY]: [GLOBALS, ...start.flatMap((file) => (file === undefined ? [] : [join(folder, file)]))]
      .map((name) => `import ${JSON.stringify(name)};`)
      .join('\n'),
    [GLOBALS]: `
      const pages = {${pages.map((page) => `${JSON.stringify(nameOf(page))}: () => import(${at(page)})`).join(',\n')}};
      const url = document.currentScript.src;
      // Not blob: a worker that came from a blob on file:// may not fetch those.
      const address = (name) => 'data:application/octet-stream;base64,' + ctOffline.data[name];
      Object.assign(ctOffline, {
        url,
        base: new URL('../', url).pathname,
        page: (path) => {
          const name = decodeURIComponent(path.split('/').pop()).replace('.lean.js', '.js');
          return pages[name] ? pages[name]() : Promise.reject(new Error('there is no page ' + name));
        },
        worker: (name) => {
          const start = 'globalThis.ctOffline={url:self.location.href,data:' + JSON.stringify(ctOffline.data) + '};' +
            'ctOffline.address=' + address + ';';
          return URL.createObjectURL(new Blob([start, ctOffline.sources[name]], { type: 'text/javascript' }));
        },
      });`,
  };
  return {
    name: 'entry',
    resolveId: (/** @type {string} */ id) => (id in modules ? id : null),
    load: (/** @type {string} */ id) => modules[id] ?? null,
  };
}
