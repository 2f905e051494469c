// The two MobileNetV2 of the npm package nsfwjs as files: the package holds their bytes in base64. `layers` is a
// LayersModel, `graph` a GraphModel of another width; both take images of 224 × 224 in [0, 1].
import { Buffer } from 'node:buffer';
import { mkdirSync, writeFileSync } from 'node:fs';
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
