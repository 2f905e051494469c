/**
 * `@curvature-tuning/layers/model`: layers of tfjs-layers models at any depth, and copies of models in which some of
 * them are others.
 */
export type { OutputKind } from '@curvature-tuning/data';
export { setOutputKind } from './adapter/outputActivation.js';
export { baseFingerprint } from './model/baseFingerprint.js';
export { modelFingerprint } from './model/modelFingerprint.js';
export { curvatureLayers } from './model/curvatureLayers.js';
export type { CTActivation } from './unit/ctActivation.js';
export { headLayer } from './model/headOf.js';
export { outputKind } from './model/classifier/outputKind.js';
export { withNewHead } from './head/newHead.js';
export type { LayerEntry } from './model/modelConfig.js';
export { leafLayers } from './model/modelConfig.js';
export { layersModel } from './model/modelKind.js';
export type { LayerChange } from './copy/rebuild.js';
export { copyModel, rewriteLayers } from './copy/rebuild.js';
export { weightName } from './model/weightName.js';
