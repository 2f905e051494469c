import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { carryMetadata, setTrainedBeside, trainedBeside } from './trainedBeside.js';

beforeAll(() => tf.setBackend('cpu'));

const HASH = 'ab'.repeat(32);
const network = (name = 'fc'): tf.LayersModel =>
  tf.sequential({ name: 'net', layers: [tf.layers.dense({ name, units: 2, inputShape: [3] })] });

it('a model says what was trained beside; metadata of others stay', () => {
  const model = network();
  model.setUserDefinedMetadata({ mine: 1 });
  setTrainedBeside(model, new Map([['fc/bias', HASH]]));
  expect([...trainedBeside('f', model)]).toEqual([['fc/bias', HASH]]);
  expect(model.getUserDefinedMetadata()).toMatchObject({ mine: 1 });
  setTrainedBeside(model, new Map());
  expect(trainedBeside('f', model).size).toBe(0);
  expect(model.getUserDefinedMetadata()).toEqual({ mine: 1 });
});

it('nothing was trained where nothing is said, and nothing is written then', () => {
  const model = network();
  setTrainedBeside(model, new Map());
  expect(trainedBeside('f', model).size).toBe(0);
  expect(model.getUserDefinedMetadata() ?? undefined).toBeUndefined();
});

it('carries metadata over, of the weights that are there', () => {
  const [from, same, other] = [network(), network(), network('head')];
  setTrainedBeside(from, new Map([['fc/bias', HASH]]));
  carryMetadata(from, same);
  carryMetadata(from, other);
  expect([...trainedBeside('f', same).keys()]).toEqual(['fc/bias']);
  expect(trainedBeside('f', other).size).toBe(0);
});

it('refuses metadata that are damaged, or of a weight that is not there', () => {
  const model = network();
  model.setUserDefinedMetadata({ curvatureTuning: { trained: { 'fc/bias': 'abc' } } });
  expect(() => trainedBeside('f', model)).toThrow(/f: .*userDefinedMetadata\.curvatureTuning.*64 hexadecimal digits/);
  model.setUserDefinedMetadata({ curvatureTuning: { trained: { 'gone/bias': HASH } } });
  expect(() => trainedBeside('f', model)).toThrow('f: "net" has no weight gone/bias');
});
