/**
 * The cell `transfer`: a network adapted to a data set by one method under one protocol, with one seed.
 *
 *     {"network": "resnet14.mnist", "data": "digits", "method": "tct", "protocol": "strict", "seed": 42, "epochs": 20}
 */
import { checkValue, filledText, listOf, oneOf, options, real, seed, unitInterval } from '@curvature-tuning/checks';
import type { Schema } from '@curvature-tuning/checks';
import type { MethodName, MethodRates } from '@curvature-tuning/lora-baseline';
import { methods } from '@curvature-tuning/lora-baseline';
import type { CellKind } from '@curvature-tuning/sweep';
import { loadNetwork } from '../network/network.js';
import { ownActivations } from '../network/ownActivation.js';
import { BACKENDS, useBackend } from '../options/backend.js';
import { epochsSchema } from '../options/epochs.js';
import { loadData } from '../options/loadData.js';
import { adaptAndScore } from './adaptAndScore.js';

interface TransferSpec {
  /** As `--model` and `--data` of `ct compare`. */
  network: string;
  data: string;
  method: MethodName;
  protocol: 'strict' | 'paper';
  seed: number;
  /** Default 20. */
  epochs?: number | undefined;
  /** Rates beside the head that `strict` chooses among. Default 1e-3, 1e-2, 1e-1. */
  rates?: readonly number[] | undefined;
  /** The curvatures that `sct` tries. */
  betas?: readonly number[] | undefined;
  /** Default wasm. */
  backend?: (typeof BACKENDS)[number] | undefined;
}

const specSchema: Schema<TransferSpec> = options<TransferSpec>(
  {
    network: filledText,
    data: filledText,
    method: oneOf(...(Object.keys(methods) as MethodName[])),
    protocol: oneOf('strict', 'paper'),
    seed,
    epochs: epochsSchema,
    rates: listOf(real({ above: 0 }), { min: 1 }),
    betas: listOf(unitInterval, { min: 1 }),
    backend: oneOf(...BACKENDS),
  },
  ['network', 'data', 'method', 'protocol', 'seed'],
);

/** Head rate of a method that trains more than a head, under `'strict'`. */
const STRICT_HEAD = 1e-3;
/** Seconds that an epoch of the bundled transfer takes, about. */
const EPOCH = 3;

/** The kind `transfer`. */
export const transfer: CellKind = {
  version: 1,
  cost: ({ method, epochs, protocol }) =>
    method === 'probe' || method === 'bn'
      ? 1
      : Number(epochs ?? 20) * EPOCH * (protocol === 'paper' || method === 'sct' ? 1 : 3),
  run: async (given, { onProgress }) => {
    const spec: unknown = given;
    checkValue('transfer', 'the specification', specSchema, spec);
    const { network: name, data, method, protocol, seed, epochs = 20, betas, backend = 'wasm', ...rest } = spec;
    await useBackend(backend);
    const { signal } = new AbortController();
    const network = await loadNetwork({ model: name }, signal);
    try {
      const loaded = await loadData(data, { seed, network, signal });
      const { kinds } = ownActivations(network.model);
      const run = { method, protocol, seed, epochs, betas, kinds, classes: loaded.classes.length, onProgress };
      return await adaptAndScore(network.model, loaded, { ...run, rates: ratesOf(method, protocol, rest.rates) });
    } finally {
      network.dispose();
    }
  },
};

/** The rates that a method is run with. */
export function ratesOf(
  method: MethodName,
  protocol: 'strict' | 'paper',
  rates: readonly number[] = [1e-3, 1e-2, 1e-1],
): MethodRates[] {
  const { paper, searches } = methods[method];
  if (protocol === 'paper' || searches === 'nothing') return [paper];
  return rates.map((own) => ({ own, head: STRICT_HEAD }));
}
