// Reports as `ct steer` makes them, of made-up numbers.
import type { MethodName } from '@curvature-tuning/lora-baseline';
import type { Outcome, SeedResult, SteerReport } from '../src/report/steerReport.js';
import { referenceFor } from '../src/report/steerReport.js';

/** A black pixel. */
const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==';

/** What a made-up report is to look like. */
export interface Wanted {
  seeds?: number[];
  protocol?: 'strict' | 'paper';
  methods?: MethodName[];
  classes?: string[];
  /** Whether the network's own ReLU beats every beta. */
  reluWins?: boolean;
}

const BETAS = Array.from({ length: 9 }, (_, i) => Number((0.6 + 0.04 * i).toFixed(2)));

/** A report with every part that one can have. */
export function someReport(wanted: Wanted = {}): SteerReport {
  const { seeds = [42], protocol = 'strict', reluWins = false } = wanted;
  return {
    command: 'ct steer --output "my results" <>&',
    date: '2020-01-01T12:34:56Z',
    commit: null,
    version: '0',
    node: 'v20',
    tfjs: '4',
    hardware: '1 × test',
    backend: 'cpu',
    network: 'resnet14.mnist',
    protocol: {
      name: protocol,
      betas: BETAS,
      coeff: 0.5,
      epochs: 20,
      learningRate: { lora: { own: 1e-3, head: 1e-3 } },
    },
    reference: referenceFor('digits', protocol, BETAS, seeds),
    results: seeds.map((seed, i) => someResult(seed, i, wanted, reluWins)),
  };
}

function someResult(seed: number, shift: number, wanted: Wanted, reluWins: boolean): SeedResult {
  const { methods = ['probe', 'bn', 'sct', 'tct', 'lora'], classes = Array.from('0123456789') } = wanted;
  const labels = Array.from({ length: 120 }, (_, i) => i % classes.length);
  const outcome = (method: MethodName, i: number): Outcome => {
    // Each method gets fewer wrong than the one before, and each has one of its own.
    const wrong = new Set([...Array.from({ length: 12 - 2 * i + shift }, (_, k) => 5 * k), 90 + i]);
    const predicted = labels.map((label, at) => (wrong.has(at) ? (label + 1 + (at % 3)) % classes.length : label));
    const validationAccuracy = method === 'sct' && reluWins ? 0.95 : 0.95 + 0.005 * i;
    const trained = !['probe', 'bn', 'sct'].includes(method);
    const history = Array.from({ length: 20 }, (_, epoch) => ({
      epoch,
      loss: 0.5 / (epoch + 1),
      accuracy: 1 - 0.2 / (epoch + 1),
      validationLoss: 0.4 / (epoch + 1 + i) + 0.01 * i,
      validationAccuracy: 0.98 - 0.1 / (epoch + 1 + i),
      seconds: 1,
    }));
    return {
      testAccuracy: 1 - wrong.size / labels.length,
      validationAccuracy,
      parameters: { withoutHead: trained ? 480 : 0, total: trained ? 1130 : 650 },
      seconds: 9 + i,
      ...(trained && { bestEpoch: 11 + shift, history }),
      predicted,
    };
  };
  const learnt = { mean: 0.7, std: 0.1, histogram: Array.from({ length: 100 }, (_, i) => (i > 60 ? i % 7 : 0)) };
  const beta = reluWins ? 1 : BETAS[5 + shift]!;
  return {
    seed,
    data: {
      name: 'digits',
      title: 'Digits',
      hash: 'ab'.repeat(32),
      split: 'published',
      train: 640,
      validation: 160,
      test: 120,
    },
    outcomes: Object.fromEntries(methods.map((method, i) => [method, outcome(method, i)])),
    ...(methods.includes('sct') && {
      sct: {
        beta,
        steered: !reluWins,
        ties: 4,
        atEdge: false,
        coeff: 0.5,
        history: BETAS.map((beta, i) => ({
          beta,
          validationAccuracy: Math.min(0.96 - (reluWins ? 0.02 : 0), 0.9 + 0.00625 * (i + shift)),
          validationLoss: 0.2 - 0.01 * i,
          seconds: 1,
          interpolated: i % 3 !== 0,
        })),
      },
    }),
    ...(methods.includes('tct') && { tct: { beta: learnt, coeff: learnt } }),
    test: { classes, labels, thumbnails: shift > 0 ? [] : [0, 5, 10].map((index) => ({ index, source: PIXEL })) },
  };
}
