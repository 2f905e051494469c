// What a run of ct leaves, made in this process: a model, photos of three colours, and an adapter.
import { loadImages } from '@curvature-tuning/datasets/node';
import { steer } from '@curvature-tuning/layers';
import * as tf from '@tensorflow/tfjs';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { curvatureFiles } from '../src/adapter/adapterFiles.js';
import { loadNetwork } from '../src/network/network.js';
import { drawPhotos, graphArtifacts, layersArtifacts, writeModel } from './tinyModels.js';

/** Paths of what a run needed and left; `folder` is the caller's to remove. */
export interface SomeRun {
  folder: string;
  model: string;
  photos: string;
  adapter: string;
}

export async function someRun(kind: 'layers' | 'graph'): Promise<SomeRun> {
  await tf.setBackend('cpu');
  const { signal } = new AbortController();
  const folder = mkdtempSync(join(tmpdir(), 'ct-run-'));
  const [photos, adapter] = [join(folder, 'photos'), join(folder, 'adapter.safetensors')];
  await drawPhotos(photos, 10);
  const model = writeModel(join(folder, 'model'), kind === 'graph' ? graphArtifacts() : await layersArtifacts());
  const network = await loadNetwork({ model }, signal);
  const [train, validation] = (await loadImages(photos, network.preprocessing)).stratifiedSplit([0.7, 0.3]);
  const steered = await steer(network.model, train, validation, { betas: [0.8] });
  const files = await curvatureFiles(steered.classifier);
  writeFileSync(adapter, files['adapter.safetensors']!);
  steered.dispose();
  network.dispose();
  return { folder, model, photos, adapter };
}
