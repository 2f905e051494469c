/**
 * The options of the commands that use what a run left: `ct apply`, `ct bake` and `ct info`.
 */
import type { Command } from 'commander';
import { Option } from 'commander';
import { addModelOptions, addPixelOptions } from '../network/networkOptions.js';
import { backendOption } from '../options/backendOption.js';
import { skipOption } from '../options/dataOption.js';
import { filledText, parsed, positiveNumber, wholeNumber } from '../options/parsers.js';
import type { ApplySettings } from './applyCommand.js';
import { applyCommand, FORMATS } from './applyCommand.js';
import type { BakeSettings } from './bakeCommand.js';
import { bakeCommand } from './bakeCommand.js';
import type { InfoSettings } from './infoCommand.js';
import { infoCommand } from './infoCommand.js';

const MODEL = 'a name, or a path or URL of model.json, as for ct steer --model';
const ADAPTER = 'adapter.safetensors, or the folder lora, of a report';

/** Adds the commands to the program. */
export function addAdapterCommands(program: Command, signal: AbortSignal): void {
  addPixelOptions(
    program
      .command('apply')
      .description('Tell what a network with an adapter takes images for, as a table, CSV or JSON on stdout.')
      .argument('<model>', MODEL, parsed(filledText))
      .argument('<adapter>', ADAPTER, parsed(filledText))
      .argument('<images...>', 'images, and folders of them; a folder that is called after a class labels its images'),
  )
    .addOption(new Option('--format <form>', 'of the predictions').choices(FORMATS).default('table'))
    .addOption(skipOption())
    .option('--top <count>', 'how many classes of each image, the likeliest first', parsed(wholeNumber(1, 1000)), 1)
    .addOption(backendOption())
    .exitOverride()
    .action(acting<ApplySettings>(['model', 'adapter', 'images'], (settings) => applyCommand(settings, signal)));
  addPixelOptions(
    program
      .command('bake')
      .description(
        'Write a network with an adapter as one model of stock TensorFlow.js: a GraphModel with curvature as plain ' +
          'nodes, or a LayersModel with LoRA merged.',
      )
      .argument('<model>', MODEL, parsed(filledText))
      .argument('<adapter>', ADAPTER, parsed(filledText))
      .argument('<output>', 'a new folder', parsed(filledText)),
  )
    .option('--softmax', 'end in probabilities, not in logits', false)
    .option('--tolerance <error>', 'how far units may be off, for fewer nodes: 0.01', parsed(positiveNumber), 0)
    .addOption(backendOption())
    .exitOverride()
    .action(acting<BakeSettings>(['model', 'adapter', 'output'], (settings) => bakeCommand(settings, signal)));
  addModelOptions(
    program
      .command('info')
      .description('Tell what a model or an adapter is: its kind, sites, parameters, classes, preprocessing.')
      .argument('<file>', `${MODEL}; or ${ADAPTER}`, parsed(filledText)),
  )
    .addOption(backendOption())
    .exitOverride()
    .action(acting<InfoSettings>(['model'], (settings) => infoCommand(settings, signal)));
}

/**
 * What commander calls: gets what stands in a row, whose names are given, and behind it the options.
 */
function acting<T>(names: readonly (keyof T)[], run: (settings: T) => Promise<unknown>) {
  return async (...given: unknown[]): Promise<void> => {
    const inRow = names.map((name, i) => [name, given[i]]);
    await run({ ...(given[names.length] as object), ...Object.fromEntries(inRow) } as T);
  };
}
