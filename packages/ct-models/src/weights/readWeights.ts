/**
 * Tensors by name out of a file of weights, whatever its format: `.safetensors`, what `torch.save` wrote, or the index
 * of a set of `.safetensors` files.
 */

import { parseSafetensors, parseSafetensorsIndex } from '@curvature-tuning/safetensors';
import type { SafeTensor } from '@curvature-tuning/safetensors';
import { isTorchFile, parseTorchFile } from '@curvature-tuning/torch-file';

/** Gets another file of the same place, by its name. */
export type ReadSibling = (name: string) => Promise<Uint8Array>;

/**
 * Reads a file of weights. The format is told by the first bytes.
 *
 * @param readSibling Gets the files that an index names; without it an index is refused.
 * @throws SafetensorsError or TorchFileError for damaged files; Error for an index without `readSibling`.
 */
export async function readWeights(
  bytes: Uint8Array,
  readSibling: ReadSibling | undefined,
): Promise<ReadonlyMap<string, SafeTensor>> {
  if (isTorchFile(bytes)) return parseTorchFile(bytes).tensors;
  if (bytes[0] !== 0x7b) return parseSafetensors(bytes).tensors;
  const { files, tensors: places } = parseSafetensorsIndex(bytes);
  if (readSibling === undefined)
    throw new Error(
      `loadPretrained: expected the weights, got an index of ${files.length} files; pass its URL, so that they are ` +
        'found beside it',
    );
  const tensors = new Map<string, SafeTensor>();
  // One after the other: each is large.
  for (const file of files) {
    const found = parseSafetensors(await readSibling(file)).tensors;
    for (const [name, place] of places) {
      if (place !== file) continue;
      const tensor = found.get(name);
      if (tensor === undefined)
        throw new Error(`loadPretrained: expected tensor "${name}" in ${file}, as the index says, got none`);
      tensors.set(name, tensor);
    }
  }
  return tensors;
}
