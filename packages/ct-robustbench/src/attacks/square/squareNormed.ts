/**
 * Square's proposals in L2 and L1: a grid of patterns to begin with; then one window gives its budget of the norm to
 * another, which gets a fresh pattern on top of what it held.
 */
import { RandomStream } from '../../data/randomStream.js';
import { projectOntoL1Ball } from '../../geometry/l1Projection.js';
import type { Proposals } from './proposals.js';
import type { ProposalSetting } from './proposalSetting.js';
import { squarePattern } from './squarePattern.js';

/** L1 stays this share inside of eps, so that rounding cannot leave the ball. */
const L1_INSIDE = 1 - 1e-6;
const TINY = 1e-12;

/** What all images share in one query: the window that gets a fresh pattern, and the one that is emptied. */
interface Exchange {
  side: number;
  to: Window;
  from: Window;
  pattern: Float64Array;
}

/** Proposals in L2 and L1. */
export class NormedProposals implements Proposals {
  private readonly exchanges = new Map<string, Exchange>();
  private readonly delta: Float64Array;
  private readonly norm: 'L2' | 'L1';
  private readonly setting: ProposalSetting;

  /** @throws RangeError for images of fewer than 5 rows, whose first grid would have no cells. */
  constructor(norm: 'L2' | 'L1', setting: ProposalSetting) {
    this.norm = norm;
    this.setting = setting;
    const { height, width, channels } = setting;
    if (Math.min(height, width) < 5)
      throw new RangeError(
        `autoAttack: square in L2 and L1 needs images of at least 5 × 5 pixels, got ${height} × ${width}`,
      );
    this.delta = new Float64Array(height * width * channels);
  }

  start(row: number, out: Float32Array, offset: number): void {
    const { height, width, channels, seed, ids, variants } = this.setting;
    const random = new RandomStream(seed, 'square', variants[row]!, ids[row]!);
    const side = Math.floor(height / 5);
    const margin = Math.floor((height - 5 * side) / 2);
    this.delta.fill(0);
    for (let top = margin; top < margin + Math.floor(height / side) * side; top += side) {
      for (let left = margin; left < margin + Math.floor(width / side) * side; left += side) {
        const pattern = squarePattern(this.norm, side, random);
        for (let c = 0; c < channels; c++) {
          const sign = random.sign();
          // Cells of images that are not square may reach beyond the border.
          for (let i = 0; i < pattern.length; i++) {
            const y = top + Math.floor(i / side);
            const x = left + (i % side);
            if (y < height && x < width) this.delta[(y * width + x) * channels + c]! += sign * pattern[i]!;
          }
        }
      }
    }
    this.write(row, out, offset);
  }

  propose(row: number, query: number, points: Float32Array, offset: number): void {
    const { clean, channels, seed, ids, variants } = this.setting;
    const { delta, norm } = this;
    const exchange = this.exchange(variants[row]!, query);
    const { side, to, from, pattern } = exchange;
    const random = new RandomStream(seed, 'square', variants[row]!, ids[row]!, query);
    const base = row * delta.length;
    for (let i = 0; i < delta.length; i++) delta[i] = points[offset + i]! - clean[base + i]!;
    const total = measure(norm, delta);
    const unused =
      norm === 'L2' ? Math.max(this.setting.eps ** 2 - total ** 2, 0) : Math.max(this.setting.eps - total, 0);
    const fresh = new Float64Array(side * side * channels);
    for (let c = 0; c < channels; c++) {
      const sign = random.sign();
      const held = this.held(c, exchange, false);
      const both = this.held(c, exchange, true);
      let sum = 0;
      for (let i = 0; i < pattern.length; i++) {
        const value = sign * pattern[i]! + delta[this.at(to, side, i, c)]! / (TINY + held);
        fresh[i * channels + c] = value;
        sum += norm === 'L2' ? value * value : Math.abs(value);
      }
      const budget = norm === 'L2' ? Math.sqrt(unused / channels + both ** 2) : (unused / channels + both) * channels;
      const scale = budget / (TINY + (norm === 'L2' ? Math.sqrt(sum) : sum));
      for (let i = 0; i < pattern.length; i++) fresh[i * channels + c]! *= scale;
    }
    for (let i = 0; i < pattern.length; i++) for (let c = 0; c < channels; c++) delta[this.at(from, side, i, c)] = 0;
    for (let i = 0; i < pattern.length; i++)
      for (let c = 0; c < channels; c++) delta[this.at(to, side, i, c)] = fresh[i * channels + c]!;
    this.write(row, points, offset);
  }

  /** Brings `delta` to the norm eps and writes the point. */
  private write(row: number, out: Float32Array, offset: number): void {
    const { clean, eps } = this.setting;
    const { delta, norm } = this;
    const base = row * delta.length;
    if (norm === 'L1') projectOntoL1Ball(clean, base, delta, eps * L1_INSIDE);
    const scale = norm === 'L1' ? 1 : eps / (measure('L2', delta) + TINY);
    for (let i = 0; i < delta.length; i++)
      out[offset + i] = Math.min(Math.max(clean[base + i]! + scale * delta[i]!, 0), 1);
  }

  /** The norm of one channel inside the window `to`, or inside both windows. */
  private held(channel: number, { side, to, from }: Exchange, both: boolean): number {
    let sum = 0;
    for (const window of both ? [to, from] : [to]) {
      for (let i = 0; i < side * side; i++) {
        // What both windows cover counts once.
        if (window === from && covers(to, from, side, i)) continue;
        const value = this.delta[this.at(window, side, i, channel)]!;
        sum += this.norm === 'L2' ? value * value : Math.abs(value);
      }
    }
    return this.norm === 'L2' ? Math.sqrt(sum) : sum;
  }

  private at({ top, left }: Window, side: number, i: number, channel: number): number {
    const { width, channels } = this.setting;
    return ((top + Math.floor(i / side)) * width + left + (i % side)) * channels + channel;
  }

  private exchange(variant: number, query: number): Exchange {
    const key = `${variant} ${query}`;
    const known = this.exchanges.get(key);
    if (known !== undefined) return known;
    const { height, width, seed, share } = this.setting;
    const random = new RandomStream(seed, 'square query', variant, query);
    const odd = Math.max(Math.round(Math.sqrt(share(query) * height * width)), 3) | 1;
    const side = Math.min(odd, height, width);
    const place = (): Window => ({ top: random.below(height - side), left: random.below(width - side) });
    const exchange = { side, to: place(), from: place(), pattern: squarePattern(this.norm, side, random) };
    this.exchanges.set(key, exchange);
    return exchange;
  }
}

/** Whether the i-th pixel of window `other` also lies in window `one`. */
function covers(one: Window, other: Window, side: number, i: number): boolean {
  const y = other.top + Math.floor(i / side) - one.top;
  const x = other.left + (i % side) - one.left;
  return y >= 0 && y < side && x >= 0 && x < side;
}

interface Window {
  top: number;
  left: number;
}

function measure(norm: 'L2' | 'L1', delta: Float64Array): number {
  let sum = 0;
  for (const value of delta) sum += norm === 'L2' ? value * value : Math.abs(value);
  return norm === 'L2' ? Math.sqrt(sum) : sum;
}
