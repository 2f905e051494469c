/**
 * Whether an adapter fits a model, and how a model is made that it fits.
 */
import type { ClassifierMeta } from '@curvature-tuning/data';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { misfit, samePixels } from '../model/classifier/meta.js';
import type { GraphPlace } from '../model/classifier/graphPlace.js';
import { graphPlaceOf } from '../model/classifier/graphPlace.js';
import { curvatureLayers } from '../model/curvatureLayers.js';
import { isHead, namedWeights } from './adapter.js';
import type { Adapter } from './adapterSchema.js';
import { headlessFeatures } from './grownHead.js';
import { obstacleTo } from './outputActivation.js';

/**
 * Checks that every entry of an adapter has its place in a model, and every CT weight its entry.
 *
 * @param isGrown Whether the model has been given a head, which may come and go.
 */
export function checkFit(model: LayersModel, adapter: Adapter, isGrown: boolean): void {
  const { config, tensors } = adapter;
  const cure = cureOf(adapter);
  const fail = (what: string): Error => new Error(`applyAdapter: ${what}; ${cure}`);
  const [made, given] = [placeText(config.base.graph ?? undefined), placeText(graphPlaceOf(model))];
  if (made !== given) throw fail(`the adapter was made for ${made}, and "${model.name}" is ${given}`);
  const features = isGrown ? undefined : headlessFeatures(model);
  if (features !== undefined && config.head !== null && config.head.features !== features)
    throw fail(`the adapter's head takes ${config.head.features} features, and "${model.name}" gives ${features}`);
  const weights = namedWeights(model);
  const units = [...curvatureLayers(model)].flatMap(([path, { rawWeights }]) =>
    Object.keys(rawWeights).map((name) => `${path}/${name}`),
  );
  if (units.length === 0) throw fail(`"${model.name}" has no CT layer`);
  const missing = units.filter((name) => !tensors.has(name));
  const takesHead = isGrown || features !== undefined;
  const unexpected = [...tensors.keys()].filter((name) => !weights.has(name) && !(takesHead && isHead(name)));
  const misshaped = [...tensors].flatMap(([name, { shape }]) => {
    const expected = weights.get(name)?.shape;
    // A head may have any number of classes.
    const fits =
      expected === undefined ||
      (isHead(name) ? expected.slice(0, -1).join() === shape.slice(0, -1).join() : expected.join() === shape.join());
    return fits ? [] : [`${name} ([${shape.join(', ')}], the model has [${expected.join(', ')}])`];
  });
  const wrong = Object.entries({ missing, unexpected, 'mis-shaped': misshaped }).filter(
    ([, names]) => names.length > 0,
  );
  if (wrong.length === 0) return;
  throw fail(
    `the adapter does not fit "${model.name}": ` +
      wrong.map(([what, names]) => `${what}: ${names.join(', ')}`).join('; '),
  );
}

/**
 * Checks that what an adapter says of its classifier fits a model: the images that it takes, the pixels that the model
 * says it takes, its classes, and the kind of its output.
 *
 * @param given What the model says of itself.
 */
export function checkMeta(model: LayersModel, { config }: Adapter, given: ClassifierMeta): void {
  const { preprocessing, classNames, output } = config.meta ?? {};
  const force = 'or pass {force: true}';
  const problem = misfit(preprocessing, model.inputs[0]!.shape);
  if (problem !== undefined)
    throw new Error(
      `applyAdapter: the adapter's preprocessing ${problem}; load the model that it was made for, ` + force,
    );
  if (!samePixels(preprocessing, given.preprocessing))
    throw new Error(
      `applyAdapter: the adapter was trained on pixels of ${JSON.stringify(preprocessing)}, and "${model.name}" ` +
        `says that it takes ${JSON.stringify(given.preprocessing)}; train on what the model takes, ${force}`,
    );
  const classes = model.outputs[0]!.shape.at(-1);
  if (config.head === null && classNames !== undefined && classes != null && classNames.length !== classes)
    throw new Error(
      `applyAdapter: the adapter names ${classNames.length} classes, and "${model.name}" has ${classes}; ` +
        'pass {force: true}',
    );
  const obstacle = output === undefined || config.head === null ? undefined : obstacleTo(model, output);
  if (obstacle !== undefined && headlessFeatures(model) === undefined)
    throw new Error(
      `applyAdapter: the adapter's classifier gives ${output}, and "${model.name}" cannot: ${obstacle}; end ` +
        `the model before it, with tf.model, ${force}`,
    );
}

/** How a model is made that an adapter fits. */
function cureOf({ config, tensors }: Adapter): string {
  const has = (suffix: string): boolean => [...tensors.keys()].some((name) => name.endsWith(suffix));
  const parts = `${has('/alpha') ? ', slope: true' : ''}${has('/scale') ? ', affine: true' : ''}`;
  const surgery = `{sharing: '${config.sharing}'${parts}}`;
  const { graph } = config.base;
  if (graph == null) return `make the model by replaceActivations(base, ${surgery})`;
  return (
    `make the model by graphFeatures(await replaceGraphActivations(source, ${surgery}), ` +
    `{output: '${graph.output}', pooling: '${graph.pooling}'})`
  );
}

function placeText(place: GraphPlace | undefined): string {
  if (place === undefined) return 'no GraphModel';
  return `the features at "${place.output}" of a GraphModel, pooling '${place.pooling}'`;
}
