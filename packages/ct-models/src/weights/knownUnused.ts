/**
 * Entries that published files of weights have and no network computes with.
 */

/**
 * Whether an entry is known to be without use:
 *
 * | name | what it is |
 * | --- | --- |
 * | `num_batches_tracked` | PyTorch's count of batches, which counts only where momentum is null |
 * | `sub_block1.…` | a second copy of `block1` in files of WideResNets by TRADES and its successors, never called |
 * | `mu`, `sigma`, `normalize.mean`, `normalize.std` | mean and deviation of pixels, of RobustBench's wrappers |
 *
 * @param shape Of pixels' statistics: `[1, channels, 1, 1]` or `[channels]`.
 */
export function isKnownUnused(name: string, shape: readonly number[]): boolean {
  if (/(^|\.)(num_batches_tracked$|sub_block1\.)/.test(name)) return true;
  return /(^|\.)(mu|sigma|normalize\.(mean|std))$/.test(name) && isPerChannel(shape);
}

function isPerChannel(shape: readonly number[]): boolean {
  return shape.length === 1 || (shape.length === 4 && shape[0] === 1 && shape[2] === 1 && shape[3] === 1);
}
