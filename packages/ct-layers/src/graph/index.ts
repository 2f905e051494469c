/**
 * `@curvature-tuning/layers/graph`: Curvature Tuning for GraphModels, the models that tensorflowjs_converter writes.
 */
export { bake } from './bake/bake.js';
export { GraphFeatures, graphFeatures } from './rewrite/graphFeatures.js';
export type { GraphFeaturesOptions } from './rewrite/graphFeatures.js';
export type { GraphSource } from './read/graphSource.js';
export { replaceGraphActivations } from './rewrite/replaceGraphActivations.js';
export type { ReplaceGraphActivationsOptions } from './rewrite/replaceGraphActivations.js';
export type { SteerableGraphModel } from './rewrite/steeredGraph.js';
