/**
 * What there is to choose of one's own images: a network that comes with the page, and a way to adapt it.
 */

/** Networks that can be chosen without files, with the names that the page shows. */
export const BUNDLED = {
  'resnet14.mnist': 'resnet14.mnist, a LayersModel',
  clothes: 'clothes, a GraphModel',
} as const;

/** A network that comes with the page. */
export type BundledName = keyof typeof BUNDLED;

/** The ways to adapt, with the names that the page shows. */
export const METHODS = { probe: 'Linear probe', sct: 'S-CT', tct: 'T-CT', lora: 'LoRA, rank 1' } as const;

/** A way to adapt. */
export type MethodName = keyof typeof METHODS;
