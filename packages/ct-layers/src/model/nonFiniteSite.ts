/**
 * Finds where a network's values stop being finite.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { all, isFinite, keep, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { curvatureLayers } from './curvatureLayers.js';
import { markOurs } from '../host/ownCalls.js';

/** Runs a model on images and names the first CT layer, in the order of execution, whose output is not finite. */
export async function nonFiniteSite(model: LayersModel, images: Tensor): Promise<string | undefined> {
  const outputs: { site: string; finite: Tensor }[] = [];
  const layers = curvatureLayers(model);
  for (const [site, layer] of layers) {
    const stock = layer.call.bind(layer);
    layer.call = markOurs((inputs: Tensor | Tensor[]) => {
      const y = stock(inputs);
      outputs.push({ site, finite: keep(tidy(() => all(isFinite(y)))) });
      return y;
    });
  }
  try {
    tidy(() => void model.apply(images, { training: true }));
    for (const { site, finite } of outputs) if ((await finite.data())[0] === 0) return site;
    return undefined;
  } finally {
    // What was put on the instances hides the method of the class no longer.
    for (const layer of layers.values()) delete (layer as Partial<typeof layer>).call;
    outputs.forEach(({ finite }) => finite.dispose());
  }
}
