// The two MobileNetV2 of the npm package nsfwjs as files: the package holds their bytes in base64. `layers` is a
// LayersModel, `graph` a GraphModel of another width; both take images of 224 × 224 in [0, 1].
import { Buffer } from 'node:buffer';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MobileNetV2Model } from 'nsfwjs/models/mobilenet_v2';
import { MobileNetV2MidModel } from 'nsfwjs/models/mobilenet_v2_mid';

/** @type {Record<string, any>} */
const MODELS = { layers: MobileNetV2Model, graph: MobileNetV2MidModel };

/**
 * Writes model.json and its weights into a folder.
 *
 * @param {'layers' | 'graph'} name
 * @param {string} folder
 */
export async function writeNsfwjs(name, folder) {
  const { modelJson, weightBundles } = MODELS[name];
  const { default: json } = await modelJson();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'model.json'), JSON.stringify(json));
  const paths = json.weightsManifest.flatMap((/** @type {{ paths: string[] }} */ { paths }) => paths);
  for (const [i, bundle] of weightBundles.entries())
    writeFileSync(join(folder, paths[i]), Buffer.from((await bundle()).default, 'base64'));
}

/**
 * The artifacts of a model in a folder, for `tf.io.fromMemory`.
 *
 * @param {string} folder With model.json and its weights.
 * @returns {any}
 */
export function artifactsIn(folder) {
  /** @type {{ weightsManifest: { paths: string[], weights: any[] }[] }} */
  const { weightsManifest, ...json } = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8'));
  const paths = weightsManifest.flatMap((group) => group.paths);
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
  const bytes = Buffer.concat(paths.map((path) => readFileSync(join(folder, path))));
  return { ...json, weightSpecs, weightData: new Uint8Array(bytes).buffer };
}
