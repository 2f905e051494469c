// Prints what `ct-node setup` has made: tests that need it run again when that changes. Reads folders only.
// Nothing may have been built yet: the rule for the cache folder, of ct-files/src/node/cacheRoot.ts, stands here again.
import { readdirSync, readlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const { CT_NODE_CACHE, XDG_CACHE_HOME } = process.env;
const cache =
  CT_NODE_CACHE ||
  join(
    XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(homedir(), '.cache'),
    'curvature-tuning',
    'node',
  );
const tfjsNode = fileURLToPath(
  new URL('../../packages/ct-activation-node/node_modules/@tensorflow/tfjs-node', import.meta.url),
);
const attempt = (/** @type {() => string} */ look) => {
  try {
    return look();
  } catch {
    return 'nothing';
  }
};
console.log(
  cache,
  attempt(() => readlinkSync(join(tfjsNode, 'deps', 'lib'))),
  attempt(() => readdirSync(join(tfjsNode, 'lib', 'napi-v8')).join()),
  attempt(() => readdirSync(join(cache, 'ops')).sort().join()),
);
