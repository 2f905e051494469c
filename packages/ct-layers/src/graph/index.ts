/**
 * `@curvature-tuning/layers/graph`: Curvature Tuning for GraphModels, the models that tensorflowjs_converter writes.
 */
export type { BakeOptions } from './bake/bake.js';
export { bake } from './bake/bake.js';
export type { CalibratedGraph } from './rewrite/calibrateGraph.js';
export { calibrateGraph } from './rewrite/calibrateGraph.js';
export type { CalibrateOptions, Unlabelled } from '../calibrate/calibrate.js';
export type { ReplaceActivationsOptions } from '../surgery/replaceActivations.js';
export type { RewriteChoices, RewriteOptions } from '../surgery/rewriteConfig.js';
export type { ActivationSite } from '../unit/activationSite.js';
export type { Curvature } from '../unit/activationKind.js';
export type { HeldNormalization, NormalizeBy } from '../unit/heldNormalization.js';
export type { UnitHolder } from '../unit/unitHolder.js';
export type { CTActivation } from '../unit/ctActivation.js';
export type { Pooling } from './rewrite/featureNodes.js';
export { graphFeatures } from './rewrite/graphFeatures.js';
export type { GraphFeaturesOptions } from './rewrite/graphFeatures.js';
export { GraphFeatures } from './rewrite/graphFeaturesLayer.js';
export type { GraphFeaturesArgs, HeldByGraph } from './rewrite/graphFeaturesLayer.js';
export type { GraphSource } from './read/graphSource.js';
export { replaceGraphActivations } from './rewrite/replaceGraphActivations.js';
export type { ReplaceGraphActivationsOptions } from './rewrite/replaceGraphActivations.js';
export type { SteerableGraphModel } from './rewrite/steeredGraph.js';
