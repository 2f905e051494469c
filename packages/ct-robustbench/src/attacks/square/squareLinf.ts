/**
 * Square's proposals in Linf: vertical stripes to begin with, then squares of ±eps.
 */
import { RandomStream } from '../../data/randomStream.js';
import type { Proposals } from './proposals.js';
import type { ProposalSetting } from './proposalSetting.js';

/** What all images share in one query. */
interface Square {
  side: number;
  top: number;
  left: number;
  signs: number[];
}

/** Proposals in Linf. */
export class LinfProposals implements Proposals {
  private readonly setting: ProposalSetting;
  private readonly squares = new Map<string, Square>();

  constructor(setting: ProposalSetting) {
    this.setting = setting;
  }

  start(row: number, out: Float32Array, offset: number): void {
    const { clean, height, width, channels, eps, seed, ids, variants } = this.setting;
    const random = new RandomStream(seed, 'square', variants[row]!, ids[row]!);
    const stripes = Int8Array.from({ length: width * channels }, () => random.sign());
    const from = row * height * width * channels;
    for (let i = 0; i < height * stripes.length; i++) {
      out[offset + i] = Math.min(Math.max(clean[from + i]! + eps * stripes[i % stripes.length]!, 0), 1);
    }
  }

  propose(row: number, query: number, points: Float32Array, offset: number): void {
    const { clean, height, width, channels, eps, variants } = this.setting;
    const { side, top, left, signs } = this.square(variants[row]!, query);
    const from = row * height * width * channels;
    for (let y = top; y < top + side; y++) {
      for (let x = left; x < left + side; x++) {
        for (let c = 0; c < channels; c++) {
          const i = (y * width + x) * channels + c;
          const pixel = clean[from + i]!;
          const moved = points[offset + i]! + 2 * eps * signs[c]!;
          points[offset + i] = Math.min(Math.max(moved, pixel - eps, 0), pixel + eps, 1);
        }
      }
    }
  }

  private square(variant: number, query: number): Square {
    const key = `${variant} ${query}`;
    const known = this.squares.get(key);
    if (known !== undefined) return known;
    const { height, width, channels, seed, share } = this.setting;
    const random = new RandomStream(seed, 'square query', variant, query);
    const side = Math.min(Math.max(Math.round(Math.sqrt(share(query) * height * width)), 1), height, width);
    const square = {
      side,
      top: random.below(height - side),
      left: random.below(width - side),
      signs: Array.from({ length: channels }, () => random.sign()),
    };
    this.squares.set(key, square);
    return square;
  }
}
