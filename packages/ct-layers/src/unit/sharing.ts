/**
 * Which activations have one curvature in common.
 */
import type { ActivationSite } from './activationSite.js';

/**
 * How far one (beta, c) reaches:
 *
 * - `'channel'`: one for each channel of each activation layer;
 * - `'site'`: one for each activation layer;
 * - `'block'`: one for the layers whose names share a block, see `blockOf`;
 * - `'stage'`: one for all activations of one spatial size (height and width);
 * - `'model'`: one for the whole network, as in S-CT.
 *
 * A layer that is called at several places is one layer in all of them.
 */
export type Sharing = 'channel' | 'site' | 'block' | 'stage' | 'model';

/** All values of `Sharing`. */
export const SHARINGS: readonly Sharing[] = ['channel', 'site', 'block', 'stage', 'model'];

/** The name of the group that a site belongs to. */
export function groupOf(
  { layer, source, shape }: Pick<ActivationSite, 'layer' | 'source' | 'shape'>,
  sharing: Sharing,
): string {
  switch (sharing) {
    case 'channel':
    case 'site':
      return layer;
    case 'block':
      return blockOf(source);
    case 'stage':
      return shape.length > 2
        ? shape
            .slice(1, -1)
            .map((size) => size ?? '?')
            .join('x')
        : 'vector';
    case 'model':
      return 'model';
  }
}

/**
 * The block that a layer belongs to, read off its name, whose parts are separated by `/`, `.` or `_`:
 * up to the part `block<number>`, or `block` and the number after it (Keras: `conv2_block1`, `block_3`), else up to
 * the last part that is a number (torchvision: `layer1.0`), else the whole name.
 */
export function blockOf(name: string): string {
  const keras = /^(.*?(?:^|[/._])block[._]?\d+)(?:[/._]|$)/i.exec(name);
  if (keras !== null) return keras[1]!;
  const torch = /^(.*(?:^|[/._])\d+)[/._]/.exec(name);
  return torch?.[1] ?? name;
}
