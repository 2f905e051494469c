/**
 * Which weights of a model, beside curvature, statistics and head, are no longer those of its base network.
 *
 * The model itself says so, in its `userDefinedMetadata`, which its copies and what is saved of it have too. Metadata
 * can be lost, as when a model is made of another's layers: so its CT layers say that there is such a weight.
 */
import type { Schema } from '@curvature-tuning/checks';
import { checkValue, fits, matching, options, recordOf } from '@curvature-tuning/checks';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { curvatureLayers } from './curvatureLayers.js';
import { leafLayers } from './modelConfig.js';
import { weightName } from './weightName.js';

/** Names of weights, `layer/weight`, and the SHA-256 of what they are in the base network. */
export type TrainedBeside = ReadonlyMap<string, string>;

interface Entry {
  trained: Record<string, string>;
}

const KEY = 'curvatureTuning';
const hash: Schema<string> = matching(
  (value): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value),
  { expects: 'a SHA-256 of 64 hexadecimal digits' },
);
const entrySchema: Schema<Entry> = options<Entry>({ trained: recordOf(hash) }, ['trained']);

/**
 * What a model says was trained beside.
 *
 * @throws Error when there is something, and the model does not say what, or has no such weight.
 */
export function trainedBeside(caller: string, model: LayersModel): TrainedBeside {
  const entry = (model.getUserDefinedMetadata() as Record<string, unknown> | undefined)?.[KEY];
  if (entry === undefined) {
    if (![...curvatureLayers(model).values()].some((unit) => unit.trainedBeside)) return new Map();
    throw new Error(
      `${caller}: which weights were trained is not known of "${model.name}", whose userDefinedMetadata lack ${KEY}; ` +
        'pass the model that was tuned, or a copy, or what was saved of it, and keep what is there in ' +
        'setUserDefinedMetadata({...model.getUserDefinedMetadata(), ...yours})',
    );
  }
  checkValue(caller, `userDefinedMetadata.${KEY}`, entrySchema, entry);
  const names = weightNames(model);
  const trained = new Map(Object.entries(entry.trained));
  for (const name of trained.keys())
    if (!names.has(name))
      throw new Error(
        `${caller}: "${model.name}" has no weight ${name}, which its userDefinedMetadata say was trained; ` +
          `pass the model that was tuned, with its layers' names`,
      );
  return trained;
}

/** Lets a model say what was trained beside; other metadata stay. */
export function setTrainedBeside(model: LayersModel, trained: TrainedBeside): void {
  const { [KEY]: before, ...others } = (model.getUserDefinedMetadata() ?? {}) as Record<string, unknown>;
  if (before === undefined && trained.size === 0) return;
  model.setUserDefinedMetadata(
    trained.size === 0 ? others : { ...others, [KEY]: { trained: Object.fromEntries(trained) } },
  );
  curvatureLayers(model).forEach((unit) => (unit.trainedBeside = trained.size > 0));
}

/**
 * Gives a model that has layers of another one the metadata of that one, but for what it says of layers that were left
 * behind.
 */
export function carryMetadata(from: LayersModel, to: LayersModel): void {
  const metadata = from.getUserDefinedMetadata();
  if (metadata == null) return;
  to.setUserDefinedMetadata(metadata);
  const { [KEY]: entry } = metadata as Record<string, unknown>;
  if (!fits(entrySchema, entry)) return;
  const names = weightNames(to);
  setTrainedBeside(to, new Map(Object.entries(entry.trained).filter(([name]) => names.has(name))));
}

function weightNames(model: LayersModel): Set<string> {
  return new Set(
    leafLayers(model).flatMap(({ path, layer }) => layer.weights.map((weight) => `${path}/${weightName(weight)}`)),
  );
}
