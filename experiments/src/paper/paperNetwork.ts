/**
 * Networks at the paper's size: published weights from where they are kept, and those that `paperPretrain` trained.
 */
import { readIfPresent, writeOnce } from '@curvature-tuning/files/node';
import { createModel, loadPretrained, loadTorchWeights, toTorchWeights } from '@curvature-tuning/models';
import { parseSafetensors, serializeSafetensors } from '@curvature-tuning/safetensors';
import type { LayersModel } from '@tensorflow/tfjs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipelineOf } from './paperData.js';

/** The classes of the sets that networks are trained on from scratch. */
export const FROM_SCRATCH = { cifar10: 10, cifar100: 100, imagenette: 10, 'fashion-mnist': 10 } as const;

/** Whether a name, such as `ref_resnet18:cifar10`, is that of a network whose weights were never published. */
export function isFromScratch(network: string): boolean {
  return network.includes(':');
}

/** Where the weights of a network that was trained here are. */
export function trainedFile(network: string): string {
  const folder = process.env['CT_EVIDENCE_CACHE'] ?? join(tmpdir(), 'ct-evidence');
  return join(folder, `${network.replaceAll(':', '-')}.safetensors`);
}

/** A network with random weights: `ref_resnet18:cifar10` is an architecture and the set that it is trained on. */
export function untrained(network: string, seed: number): LayersModel {
  const [architecture, data] = network.split(':') as [string, keyof typeof FROM_SCRATCH];
  const { size, channels } = pipelineOf(network).form;
  return createModel(architecture, { classes: FROM_SCRATCH[data], inputShape: [...size, channels], seed });
}

/** A trained network. @throws Error where its weights are not on the disk, with the repair. */
export async function paperNetwork(network: string): Promise<LayersModel> {
  if (!isFromScratch(network)) return loadPretrained(network, { offline: true });
  const kept = await readIfPresent(trainedFile(network));
  if (kept === undefined)
    throw new Error(`${network} is not trained here: npm run evidence -- --scale paper --only pretrain`);
  const model = untrained(network, 0);
  loadTorchWeights(model, parseSafetensors(kept).tensors);
  return model;
}

/** Keeps the weights of a network that was trained here. */
export async function keepTrained(network: string, model: LayersModel): Promise<void> {
  await writeOnce(trainedFile(network), serializeSafetensors([...(await toTorchWeights(model))]));
}
