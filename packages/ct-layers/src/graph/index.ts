/**
 * `@curvature-tuning/layers/graph`: Curvature Tuning for GraphModels, the models that tensorflowjs_converter writes.
 */
export { bake } from './bake.js';
export { GraphFeatures, graphFeatures } from './graphFeatures.js';
export type { GraphFeaturesOptions } from './graphFeatures.js';
export type { GraphSource } from './graphSource.js';
export { replaceGraphActivations } from './replaceGraphActivations.js';
export type { ReplaceGraphActivationsOptions, SteerableGraphModel } from './replaceGraphActivations.js';
