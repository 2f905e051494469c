/**
 * The options that name a network and say what it takes.
 */
import type { Command } from 'commander';
import { Option } from 'commander';
import type { Entries } from '@curvature-tuning/checks';
import { count, filledText as filled, listOf, oneOf } from '@curvature-tuning/checks';
import { filledText, parsed } from '../options/parsers.js';
import { BUNDLED } from './bundled.js';
import type { NetworkRequest } from './network.js';
import { parsePreset, presets, presetSchema } from './presets.js';

/** What is checked of a request that comes from code. */
export const networkRequestEntries: Entries<NetworkRequest> = {
  model: filled,
  weights: filled,
  feature: filled,
  pooling: oneOf('avg', 'max', 'none'),
  preprocess: presetSchema,
  size: listOf(count, { min: 2, max: 2 }) as Entries<NetworkRequest>['size'],
};

/** Reads `224x224`, height first, or `224`. @throws RangeError on others. */
export function parseSize(text: string): [height: number, width: number] {
  const [, height, width = height] = /^([1-9]\d{0,4})(?:x([1-9]\d{0,4}))?$/.exec(text) ?? [];
  if (height === undefined) throw new RangeError(`Expected height x width, such as 224x224, got "${text}".`);
  return [Number(height), Number(width)];
}

/** Adds `--model` and what goes with it to a command. */
export function addNetworkOptions(command: Command): Command {
  return addModelOptions(
    command.option(
      '--model <model>',
      'the network: a name that ct models list has (resnet14.mnist is part of ct, others are downloaded), or a path ' +
        'or URL of the model.json of a LayersModel or a GraphModel',
      parsed(filledText),
      BUNDLED,
    ),
  );
}

/** Adds what goes with a network that is to be adapted. */
export function addModelOptions(command: Command): Command {
  const node = command
    .option(
      '--feature <node>',
      'of a GraphModel: the node whose values are the features (default: what its head gets)',
      parsed(filledText),
    )
    .addOption(
      new Option('--pooling <how>', 'how the positions of --feature are pooled').choices(['avg', 'max', 'none']),
    );
  return addPixelOptions(node);
}

/** Adds what goes with any network. */
export function addPixelOptions(command: Command): Command {
  return command
    .option('--weights <file>', 'weights for a name: .safetensors, .pt or .pth (default: its own)', parsed(filledText))
    .option(
      '--preprocess <values>',
      `what the model takes of a pixel: ${Object.keys(presets).slice(0, 5).join(', ')}, a name as for --model, or ` +
        'JSON (default: what the model or the adapter says, else 0..1)',
      parsed(parsePreset),
    )
    .option('--size <height>x<width>', 'of the images, for a model that takes any', parsed(parseSize));
}
