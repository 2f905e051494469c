import { describe, expect, it } from 'vitest';
import { check, checkValue, fits } from './check.js';
import {
  anyOf,
  bytes,
  count,
  filledText,
  flag,
  func,
  listOf,
  mapOf,
  matching,
  objectWith,
  oneOf,
  optional,
  options,
  real,
  recordOf,
  satisfying,
  seed,
  signal,
  tensorOf,
  text,
  unitInterval,
  whole,
  withExpectation,
} from './schema.js';
import type { Entries } from './schema.js';

interface Options {
  batchSize?: number;
  betas?: readonly number[];
  probe?: 'paper' | 'converged';
  seed?: number;
  signal?: AbortSignal;
  onProgress?: (done: number) => void;
  rate?: number;
  rates?: { head?: number; all: boolean };
  settings?: Record<string, number>;
  name?: string;
  also?: 'norm' | ((name: string) => boolean);
}

const schemas: Entries<{ model: object; options: Options }> = {
  model: matching((value): value is object => (value as { isModel?: boolean } | null)?.isModel === true, {
    expects: 'a model',
    cure: 'load it by loadModel',
  }),
  options: options<Options>({
    batchSize: count,
    betas: listOf(unitInterval, { min: 1 }),
    probe: oneOf('paper', 'converged'),
    seed,
    signal,
    onProgress: func(),
    rate: real({ above: 0 }),
    rates: options<NonNullable<Options['rates']>>({ head: real({ above: 0, max: 10 }), all: flag }, ['all']),
    settings: recordOf(whole({ min: 1 })),
    name: filledText,
    also: anyOf(oneOf('norm'), func<(name: string) => boolean>()),
  }),
};
const model = { isModel: true };

describe('check', () => {
  it.each<[unknown, typeof TypeError | typeof RangeError, string]>([
    [{ batchSize: 0 }, RangeError, 'f: batchSize must be a whole number of at least 1, got 0'],
    [{ batchSize: NaN }, RangeError, 'f: batchSize must be a whole number of at least 1, got NaN'],
    [{ batchSize: 1.5 }, RangeError, 'f: batchSize must be a whole number of at least 1, got 1.5'],
    [{ batchSize: '32' }, TypeError, 'f: batchSize must be a whole number of at least 1, got "32"'],
    [{ batchSize: null }, TypeError, 'f: batchSize must be a whole number of at least 1, got null'],
    [{ betas: [] }, RangeError, 'f: betas must be a list of at least 1, each a number in [0, 1], got []'],
    [{ betas: [0.5, 1.2] }, RangeError, 'f: betas[1] must lie in [0, 1], got 1.2'],
    [{ betas: 0.5 }, TypeError, 'f: betas must be a list of at least 1, each a number in [0, 1], got 0.5'],
    [{ probe: 'papr' }, RangeError, `f: probe must be 'paper' or 'converged', got "papr"`],
    [{ probe: 5 }, TypeError, `f: probe must be 'paper' or 'converged', got 5`],
    [{ seed: -1 }, RangeError, 'f: seed must be a whole number in [0, 4294967295], got -1'],
    [{ seed: 2 ** 32 }, RangeError, 'f: seed must be a whole number in [0, 4294967295], got 4294967296'],
    [
      { signal: new AbortController() },
      TypeError,
      'f: signal must be an AbortSignal, got an AbortController; pass controller.signal, not the controller',
    ],
    [{ onProgress: 5 }, TypeError, 'f: onProgress must be a function, got 5'],
    [{ rate: 0 }, RangeError, 'f: rate must be a finite number above 0, got 0'],
    [{ rate: Infinity }, RangeError, 'f: rate must be a finite number above 0, got Infinity'],
    [{ rate: 1e300 }, RangeError, 'f: rate must be a finite number above 0, got 1e+300, which is infinite in float32'],
    [{ rates: { all: true, head: 11 } }, RangeError, 'f: rates.head must lie in (0, 10], got 11'],
    [{ rates: {} }, TypeError, 'f: rates.all must be true or false, got undefined'],
    [{ rates: { all: true, heads: 1 } }, TypeError, 'f: unknown field of rates "heads"; did you mean head?'],
    [{ settings: { 'apgd-ce': 0 } }, RangeError, 'f: settings["apgd-ce"] must be a whole number of at least 1, got 0'],
    [{ name: '' }, RangeError, 'f: name must be a text that is not empty, got ""'],
    [{ also: 'slope' }, TypeError, `f: also must be 'norm' or a function, got "slope"`],
    [{ batchsize: 3 }, TypeError, 'f: unknown option "batchsize"; did you mean batchSize?'],
    [
      { 'a\u001b[31m': 3 },
      TypeError,
      'f: unknown option "a\\u001b[31m"; expected batchSize, betas, probe, seed, signal, onProgress, rate, ' +
        'rates, settings, name or also',
    ],
    [
      [0.5],
      TypeError,
      'f: options must be an object {batchSize, betas, probe, seed, signal, onProgress, rate, rates, ' +
        'settings, name, also}, got [0.5]',
    ],
    [
      new Date(),
      TypeError,
      'f: options must be an object {batchSize, betas, probe, seed, signal, onProgress, rate, rates, ' +
        'settings, name, also}, got a Date',
    ],
    [
      null,
      TypeError,
      'f: options must be an object {batchSize, betas, probe, seed, signal, onProgress, rate, rates, ' +
        'settings, name, also}, got null',
    ],
  ])('refuses %j', (given, kind, message) => {
    const run = (): void => check('f', schemas, { model, options: given });
    expect(run).toThrow(kind);
    expect(run).toThrow(new Error(message).message);
    try {
      run();
    } catch (error) {
      expect((error as Error).message).toBe(message);
    }
  });

  it('takes what fits, and undefined for what may be left out', () => {
    const given = {
      batchSize: undefined,
      betas: [0, 1],
      probe: 'paper',
      signal: new AbortController().signal,
      rates: { all: false },
      also: () => true,
    };
    expect(() => check('f', schemas, { model, options: given })).not.toThrow();
  });

  it('names the range beside a cure of its own', () => {
    const eps = real({ min: 0 }, { cure: 'write 8 / 255' });
    expect(() => check('f', { eps }, { eps: -1 })).toThrow(
      new RangeError('f: eps must be a finite number of at least 0, got -1; write 8 / 255'),
    );
  });

  it('lets other fields through where asked to, and names those that are missing or wrong', () => {
    const batch = objectWith<{ images: number; title?: string }>({ images: count, title: text }, ['images']);
    expect(() => check('f', { batch }, { batch: { images: 1, more: 2 } })).not.toThrow();
    expect(() => check('f', { batch }, { batch: { more: 2 } })).toThrow(
      new TypeError('f: batch.images must be a whole number of at least 1, got undefined'),
    );
    expect(() => check('f', { batch }, { batch: { images: 1, title: 5 } })).toThrow(
      new TypeError('f: batch.title must be a text, got 5'),
    );
    const titled = satisfying(batch, ({ title }) => title !== undefined, { expects: 'a batch with a title' });
    expect(() => check('f', { titled }, { titled: { images: 1 } })).toThrow(
      new RangeError('f: titled must be a batch with a title, got an object {images}'),
    );
    expect(() => check('f', { batch }, { batch: [] })).toThrow(
      new TypeError('f: batch must be an object {images, title}, got []'),
    );
    expect(() => check('f', { batch }, { batch: 5 })).toThrow(
      new TypeError('f: batch must be an object {images, title}, got 5'),
    );
  });

  it('names an argument that is no option, and the cure', () => {
    expect(() => check('f', schemas, { model: Promise.resolve(model), options: {} })).toThrow(
      'f: model must be a model, got a Promise; await it; load it by loadModel',
    );
  });

  it('has no trouble with a field called __proto__', () => {
    expect(() => check('f', schemas, { model, options: JSON.parse('{"__proto__": 1}') as object })).toThrow(
      'f: unknown option "__proto__"',
    );
  });
});

describe('checkValue', () => {
  it('takes the bytes of any realm, Buffers too, and no other view', () => {
    expect(fits(bytes, Buffer.from('a'))).toBe(true);
    expect(() => checkValue('f', 'file', bytes, new Uint16Array(2))).toThrow(
      'f: file must be the bytes of a file, a Uint8Array, got an Uint16Array',
    );
  });

  it('tells tensors by what they are, and says what came', () => {
    const tensor = { shape: [2, 3], dtype: 'int32', rank: 2, isDisposed: false, data: () => Promise.resolve([]) };
    const images = tensorOf({ ranks: [2, 4], dtypes: ['float32'] });
    expect(fits(tensorOf(), tensor)).toBe(true);
    expect(() => checkValue('f', 'images', images, tensor)).toThrow(
      'f: images must be a float32 tensor of rank 2 or 4 that was not disposed of, got a int32 tensor of shape [2, 3]',
    );
    expect(() => checkValue('f', 'images', tensorOf(), { ...tensor, isDisposed: true })).toThrow(
      'that was disposed of',
    );
  });

  it('refuses by a further condition as out of range', () => {
    const ascending = satisfying(listOf(real()), (list) => list.every((value, i) => i === 0 || value > list[i - 1]!), {
      expects: 'an ascending list',
      cure: 'sort it',
    });
    expect(() => checkValue('f', 'betas', ascending, [2, 1])).toThrow(RangeError);
    expect(() => checkValue('f', 'betas', ascending, [2, 1])).toThrow(
      'f: betas must be an ascending list, got [2, 1]; sort it',
    );
  });

  it('lets an argument be left out', () => {
    expect(() => check('f', { target: optional(filledText) }, { target: undefined })).not.toThrow();
    expect(() => check('f', { target: optional(filledText) }, { target: null })).toThrow(
      new TypeError('f: target must be a text that is not empty, got null'),
    );
  });

  it('names what is wrong in a map by its key', () => {
    const sizes = mapOf(options<{ size: number }>({ size: count }, ['size']), { expects: 'a Map of sizes' });
    const check = (value: unknown) => (): void => checkValue('f', 'sizes', sizes, value);
    expect(check(new Map([['a/b', { size: 1 }]]))).not.toThrow();
    expect(check(new Map([['a/b', { size: 0 }]]))).toThrow(
      new RangeError('f: sizes["a/b"].size must be a whole number of at least 1, got 0'),
    );
    expect(check(new Map([['a/b', 5]]))).toThrow(new TypeError('f: sizes["a/b"] must be an object {size}, got 5'));
    expect(check(new Map([[5, { size: 1 }]]))).toThrow(new RangeError('f: sizes must be a Map of sizes, got a Map'));
    expect(check({})).toThrow(new TypeError('f: sizes must be a Map of sizes, got {}'));
  });

  it('has the words of a schema of its own for what came, in an option too', () => {
    const path = withExpectation(options<{ a: number }>({ a: count }, ['a']), {
      expects: 'an object with a',
      got: () => 'a path; load it',
    });
    expect(() => checkValue('f', 'x', path, 'x.json')).toThrow('f: x must be an object with a, got a path; load it');
    expect(() =>
      checkValue('f', 'x', options<{ inner: { a: number } }>({ inner: path }, ['inner']), { inner: 'x.json' }),
    ).toThrow('f: x.inner must be an object with a, got a path; load it');
    expect(() => checkValue('f', 'x', path, { a: 0 })).toThrow('f: x.a must be a whole number of at least 1, got 0');
  });
});
