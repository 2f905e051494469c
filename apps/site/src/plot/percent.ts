/**
 * How shares are written.
 */

/** `97.5 %` of 0.975. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
