import { expect, it } from 'vitest';
import { parseSize } from './networkOptions.js';
import { parsePreset, presets } from './presets.js';

it('a size is height and width, or one number for both', () => {
  expect([parseSize('224x192'), parseSize('96')]).toEqual([
    [224, 192],
    [96, 96],
  ]);
  for (const text of ['', '0', '224x', 'x', '-1', '2.5', '224,224']) expect(() => parseSize(text)).toThrow(RangeError);
});

it('a preprocessing is a name, of a network too, or JSON', () => {
  expect(parsePreset('-1..1')).toEqual({ range: [-1, 1] });
  expect(parsePreset('resnet18.tv_in1k')).toEqual({ ...presets['imagenet'], cropPct: 224 / 256 });
  expect(parsePreset('{"range": [0, 255], "channelOrder": "bgr"}')).toEqual({ range: [0, 255], channelOrder: 'bgr' });
  expect(() => parsePreset('inception')).toThrow(/Expected 0\.\.1, -1\.\.1/);
  for (const json of ['{', '{"range": [1, 0]}', '{"scale": 2}', '{"std": [0]}', '{"inputSize": [1, 1, 1]}'])
    expect(() => parsePreset(json)).toThrow(/--preprocess: a preprocessing/);
});
