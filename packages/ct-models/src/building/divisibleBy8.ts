/**
 * Numbers of channels as MobileNets and EfficientNets round them.
 */

/** The multiple of 8 nearest to a number of channels, from 8 on, and not below 90 % of it. */
export function divisibleBy8(channels: number): number {
  const nearest = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return nearest < 0.9 * channels ? nearest + 8 : nearest;
}
