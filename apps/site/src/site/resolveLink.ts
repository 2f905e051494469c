/**
 * Where links lead that texts of the repository have: pages here include them, and the repository has the files.
 */

/** Of the repository, as package.json says. */
const REPOSITORY = 'https://github.com/curvature-tuning/curvature-tuning-tfjs/blob/main/';

/** Pages that show a text of the repository. */
const PAGES: Readonly<Record<string, string>> = {
  'docs/comparison.md': '/reference/comparison',
  'docs/support.md': '/reference/support',
  'docs/api.md': '/reference/vocabulary',
  'docs/architecture.md': '/reference/architecture',
  'docs/custom-tensorflow-op.md': '/reference/custom-tensorflow-op',
  'packages/ct-layers/README.md': '/guides/tune',
  'packages/ct-layers': '/guides/tune',
  'packages/ct-models': '/guides/pytorch',
  'packages/ct-data': '/guides/data',
  'packages/ct-datasets': '/guides/data',
  'packages/ct-robustbench': '/guides/robustness',
  'packages/ct-wasm-gradients': '/guides/wasm',
  'packages/ct-activation-node': '/guides/native',
};

/** Which text a page includes, and so where its relative links begin. */
const FOLDERS: Readonly<Record<string, string>> = {
  'guides/steer.md': 'packages/ct-layers/',
  'guides/tune.md': 'packages/ct-layers/',
  'guides/graph-models.md': 'packages/ct-layers/',
  'guides/robustness.md': 'packages/ct-robustbench/',
  'guides/pytorch.md': 'packages/ct-models/',
  'guides/data.md': 'packages/ct-datasets/',
  'guides/choose.md': 'docs/',
  'guides/wasm.md': 'packages/ct-wasm-gradients/',
  'guides/native.md': 'packages/ct-activation-node/',
  'guides/kernels.md': 'packages/ct-activation/',
  'guides/cluster.md': 'packages/ct-cli/',
  'reference/comparison.md': 'docs/',
  'reference/support.md': 'docs/',
  'reference/vocabulary.md': 'docs/',
  'reference/architecture.md': 'docs/',
  'reference/custom-tensorflow-op.md': 'docs/',
};

/**
 * The address of a link on a page: a page of the site where one shows what the link names, else the file in the
 * repository. Absolute links, which pages have to each other, and those of the API stay as they are.
 */
export function resolveLink(href: string, page: string): string {
  const folder = FOLDERS[page];
  if (folder === undefined || /^([a-z]+:|\/|#)/i.test(href)) return href;
  const { pathname, hash } = new URL(href, `https://repository/${folder}`);
  const path = pathname.slice(1).replace(/\/$/, '');
  const shown = PAGES[path];
  return shown === undefined ? `${REPOSITORY}${path}${hash}` : shown;
}
