/**
 * The two MobileNets of the npm package `nsfwjs` 4.3.0, third-party models with quantised weights: version 2 as a
 * LayersModel with 35 ReLU6 layers and two Dense layers with fused ReLUs, and the "mid" one as a converted GraphModel.
 */
import * as tf from '@tensorflow/tfjs';
import { MobileNetV2Model } from 'nsfwjs/models/mobilenet_v2';
import { MobileNetV2MidModel } from 'nsfwjs/models/mobilenet_v2_mid';
import { without } from '../src/graph/read/graphDef.js';

/**
 * The artifacts of a model; `mobilenetV2` is a LayersModel, `mobilenetV2Mid` a GraphModel.
 *
 * @param size Height and width of the images. At 32 in place of 224 the last feature map is 1 × 1 instead of 7 × 7, so
 *   that the final pooling has nothing to pool; all weights serve as they are, at a fiftieth of the work.
 */
export async function nsfwjsArtifacts(
  name: 'mobilenetV2' | 'mobilenetV2Mid',
  size: 32 | 224,
): Promise<tf.io.ModelArtifacts> {
  const { modelJson, weightBundles } = (
    name === 'mobilenetV2' ? MobileNetV2Model : MobileNetV2MidModel
  ) as ModelDefinition;
  const { default: published } = await modelJson();
  const json = size === 224 ? published : resized(published);
  const bundles = await Promise.all(weightBundles.map((bundle) => bundle()));
  const bytes = bundles.map(({ default: base64 }) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)).buffer);
  const weightSpecs = json.weightsManifest.flatMap(({ weights }) => weights);
  return { ...without(json, 'weightsManifest'), weightSpecs, weightData: tf.io.CompositeArrayBuffer.join(bytes) };
}

/** What nsfwjs exports; its declarations do not name files as Node's resolution wants them. */
interface ModelDefinition {
  modelJson: () => Promise<{ default: tf.io.ModelJSON }>;
  weightBundles: (() => Promise<{ default: string }>)[];
}

/** The sizes are the only 7s and 224s of the two topologies' shapes and pools. */
function resized(json: tf.io.ModelJSON): tf.io.ModelJSON {
  const text = JSON.stringify(json.modelTopology)
    .replaceAll('"pool_size":[7,7]', '"pool_size":[1,1]')
    .replaceAll('"batch_input_shape":[null,224,224,3]', '"batch_input_shape":[null,32,32,3]')
    .replaceAll('"ksize":{"list":{"i":["1","7","7","1"]}}', '"ksize":{"list":{"i":["1","1","1","1"]}}')
    .replaceAll('{"size":"224"}', '{"size":"32"}');
  return { ...json, modelTopology: JSON.parse(text) as object };
}
