/**
 * The backends that a page offers.
 */

/** In the order in which the page offers them: the first is the default. */
export const BACKENDS = ['wasm', 'webgl', 'webgpu'] as const;

/** A backend of TensorFlow.js. */
export type BackendName = (typeof BACKENDS)[number];
