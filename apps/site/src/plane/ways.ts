/**
 * The four ways to adapt a network of the plane.
 */

/** The ways, in the order in which the page shows them, and the names it gives them. */
export const WAYS = { relu: 'ReLU, a new head', sct: 'S-CT, one beta', lora: 'LoRA, rank 1', tct: 'T-CT' } as const;

/** A way to adapt. */
export type WayName = keyof typeof WAYS;
