/** `@curvature-tuning/layers`: Curvature Tuning for tfjs-layers models: the layer, model surgery, steering. */
export type { Batch, Examples } from '@curvature-tuning/datasets';
export { accuracy } from './accuracy.js';
export type { ActivationKind, ActivationSite, SiteMatcher, SiteSelection } from './activationSite.js';
export { defaultKinds } from './activationSite.js';
export type { CTActivationArgs, CurvatureWeight } from './ctActivation.js';
export { CTActivation, ctActivation } from './ctActivation.js';
export type { ProbeOptions } from './head.js';
export type { LinearProbeResult } from './probe.js';
export { linearProbe } from './probe.js';
export type { LinearProbeOptions, Probed } from './probeRun.js';
export type { Sharing } from './sharing.js';
export { sharings } from './sharing.js';
export type { SteerOptions, SteerProgress, SteerResult, SteerStep } from './steer.js';
export { defaultBetas, steer } from './steer.js';
export type { ReplaceActivationsOptions, SteerableModel } from './surgery.js';
export { replaceActivations } from './surgery.js';
