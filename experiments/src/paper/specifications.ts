/**
 * What is run for each table and figure of the paper at its own size: its networks, its twelve sets, its seeds and
 * grids.
 */
import type { CellGrid, Json } from '@curvature-tuning/sweep';

/** The sets of table A2, in its order. */
const SETS: readonly string[] = [
  'arabic-characters',
  'arabic-digits',
  'beans',
  'cub200',
  'dtd',
  'fashion-mnist',
  'fgvc-aircraft',
  'flowers102',
  'food101',
  'dermamnist',
  'octmnist',
  'pathmnist',
];

/** ImageNet's networks of table A2. */
const RESNETS = ['resnet18.tv_in1k', 'resnet50.tv_in1k', 'resnet152.tv_in1k'];
const RELU = [...RESNETS, 'vgg11_bn.tv_in1k'];
/** Swin with ReLU, whose checkpoints were never published: from scratch on Imagenette. */
const RELU_SWIN = ['swin_t_relu:imagenette', 'swin_s_relu:imagenette'];
const GELU_SWIN = ['swin_t.tv_in1k', 'swin_s.tv_in1k'];
/** The networks of table A3, likewise. */
const CIFAR = ['cifar10', 'cifar100'].flatMap((data) =>
  ['ref_resnet18', 'ref_resnet50', 'ref_resnet152'].map((name) => ({ network: `${name}:${data}`, data })),
);
/** The bundled network, whose transfers need no download but the set. */
const BUNDLED = 'resnet14.mnist';

const SEEDS = [42, 43, 44];
/** The paper's grid, and ReLU. */
const BETAS = [...Array.from({ length: 30 }, (_, i) => (70 + i) / 100), 1];
const EPOCHS = 20;
const THREATS = [
  { norm: 'Linf', eps: 8 / 255 },
  { norm: 'L2', eps: 0.5 },
];
const METHODS = ['probe', 'bn', 'sct', 'tct', 'lora', 'norm', 'slope'];
const TUNED = ['tct', 'lora', 'norm', 'slope'];

/** By study; those that the paper does not have are not here. */
export const SPECIFICATIONS: Readonly<Record<string, readonly CellGrid[]>> = {
  transfer: [
    ...transfers([...RELU, ...RELU_SWIN], { method: METHODS, protocol: ['paper', 'strict'] }),
    ...transfers([...RELU, ...RELU_SWIN], { method: TUNED, protocol: ['tuned'] }),
    {
      kind: 'paperTransfer',
      base: { network: BUNDLED, data: 'fashion-mnist', epochs: EPOCHS },
      over: { method: METHODS, protocol: ['paper', 'strict'], seed: SEEDS },
    },
  ],
  calibration: [
    {
      kind: 'paperSteered',
      base: { coeff: 0.5, protocol: 'strict' },
      over: { network: RELU, data: SETS, beta: BETAS, calibrated: [false, true], seed: SEEDS },
    },
  ],
  robustness: [
    ...CIFAR.flatMap((of) => attacked(of)),
    ...RESNETS.flatMap((network) => attacked({ network, data: 'imagenet' })),
    ...[...CIFAR, ...RESNETS.map((network) => ({ network, data: 'imagenet' }))].map(({ network, data }) => ({
      kind: 'paperCorrupted',
      base: { network, data: `${data}-c` },
      over: { beta: BETAS, calibrated: [false, true], seed: SEEDS },
    })),
  ],
  'transferred-robustness': [
    {
      kind: 'paperTransferred',
      base: { norm: 'Linf', eps: 8 / 255, images: 1000, epochs: EPOCHS },
      over: {
        network: RESNETS,
        data: ['cifar10', 'cifar100'],
        method: ['probe', 'bn', 'tct', 'lora'],
        protocol: ['paper', 'strict'],
        seed: SEEDS,
      },
    },
  ],
  'lora-ranks': [
    {
      kind: 'paperLora',
      base: { epochs: EPOCHS },
      over: { network: RESNETS, data: SETS, rank: [1, 2, 4], ratio: [1, 2, 4], rate: [1e-4, 1e-3], seed: SEEDS },
    },
  ],
  'ablation-c': [
    {
      kind: 'paperSteered',
      base: { protocol: 'paper', calibrated: false },
      over: { network: [...RESNETS, ...RELU_SWIN], data: SETS, beta: BETAS, coeff: [0, 0.5, 1], seed: SEEDS },
    },
  ],
  gelu: transfers(GELU_SWIN, { method: ['probe', 'bn', 'tct', 'lora'], protocol: ['paper', 'tuned'] }),
  pretrain: [
    ...CIFAR.map((of) => pretrained(of, { epochs: 200, batchSize: 128 })),
    ...RELU_SWIN.map((network) => pretrained({ network, data: 'imagenette' }, { epochs: 200, batchSize: 128 })),
    pretrained({ network: 'resnet14:fashion-mnist', data: 'fashion-mnist' }, { epochs: 10, batchSize: 128 }),
  ],
  figures: [
    {
      kind: 'paperCurvature',
      base: { epochs: EPOCHS },
      over: { network: [...RELU, ...RELU_SWIN], data: SETS, seed: SEEDS },
    },
  ],
};

/** The cells of a study on a backend. */
export function specificationOf(study: string, backend: 'wasm' | 'node'): CellGrid[] {
  return (SPECIFICATIONS[study] ?? []).map((grid) => ({ ...grid, base: { ...grid.base, backend } }));
}

function transfers(networks: readonly string[], over: Record<string, readonly Json[]>): CellGrid[] {
  return [
    {
      kind: 'paperTransfer',
      base: { epochs: EPOCHS },
      over: { network: networks, data: SETS, ...over, seed: SEEDS },
    },
  ];
}

/** One network of table A3 under both threats: as the reference has it, and as it should be. */
function attacked(of: { network: string; data: string }): CellGrid[] {
  return THREATS.flatMap((threat) => {
    const base = { ...of, ...threat, images: 1000, inputs: 'pixels' };
    const over = { beta: BETAS, calibrated: [false, true], seed: SEEDS };
    return [
      { kind: 'paperAttacked', base: { ...base, split: 'validation', attacks: 'choose' }, over },
      { kind: 'paperAttacked', base: { ...base, split: 'test', attacks: 'standard' }, over },
      {
        kind: 'paperAttacked',
        base: { ...base, inputs: 'normalized', split: 'test', attacks: 'standard', calibrated: false },
        over: { beta: BETAS, seed: SEEDS },
      },
    ];
  });
}

function pretrained(of: { network: string; data: string }, recipe: { epochs: number; batchSize: number }): CellGrid {
  return { kind: 'paperPretrain', base: { ...of, ...recipe, seed: SEEDS[0]! } };
}
