/**
 * The weights of a model as PyTorch would name and lay them out.
 */

import type { Entries } from '@curvature-tuning/checks';
import { check } from '@curvature-tuning/checks';
import type { SafeTensor } from '@curvature-tuning/safetensors';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { layersModel } from '../layersModel.js';
import { invertOrder, permute } from './permute.js';
import { torchEntries } from './torchEntries.js';

export const toTorchWeightsArguments: Entries<{ model: LayersModel }> = { model: layersModel };

/**
 * Reads a model's weights as a PyTorch state dict of float32, the inverse of `loadTorchWeights`.
 *
 * `serializeSafetensors` writes it as a file that `safetensors.torch.load_file` reads and `load_state_dict` accepts
 * (`num_batches_tracked` is absent; PyTorch restores it).
 *
 * @returns A map in the order of the layers, whose arrays are copies.
 * @throws Error if a variable has no PyTorch counterpart, by name.
 */
export async function toTorchWeights(model: LayersModel): Promise<Map<string, SafeTensor<'F32'>>> {
  check('toTorchWeights', toTorchWeightsArguments, { model });
  const { entries, unmapped } = torchEntries(model);
  if (unmapped.length > 0) {
    throw new Error(
      `toTorchWeights: PyTorch has no counterpart for ${unmapped.join(', ')} in "${model.name}"; save it ` +
        'with model.save, or restore the stock layers first',
    );
  }
  const weights = new Map<string, SafeTensor<'F32'>>();
  for (const { name, shape, view, order, variable } of entries) {
    // Slicing copies: on the CPU backend `data()` is the variable's own memory.
    const values = (await variable.read().data<'float32'>()).slice();
    const stored = order.map((axis) => view[axis]!);
    weights.set(name, { dtype: 'F32', shape, data: permute(values, stored, invertOrder(order)) });
  }
  return weights;
}
