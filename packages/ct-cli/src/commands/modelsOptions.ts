/**
 * The options of `ct models` and what stands behind it.
 */
import type { Command } from 'commander';
import { Option } from 'commander';
import { filledText, parsed } from '../options/parsers.js';
import type { ConvertModelSettings, GetModelSettings } from './modelsCommand.js';
import { convertModelCommand, getModelCommand, listModelsCommand, modelInfoCommand } from './modelsCommand.js';

/** Adds `ct models` to the program. */
export function addModelsCommand(program: Command, signal: AbortSignal): void {
  const models = program
    .command('models')
    .description('Networks, their published weights, and files of PyTorch.')
    .exitOverride();
  models
    .command('list')
    .description('List the networks that ct builds, and the weights it knows with their accuracies.')
    .exitOverride()
    .action(() => void listModelsCommand());
  models
    .command('info')
    .description('Tell what is known of a set of weights: accuracy, images, licence, where its file is.')
    .argument('<name>', 'such as resnet18.tv_in1k', parsed(filledText))
    .exitOverride()
    .action((name: string) => void modelInfoCommand(name));
  models
    .command('get')
    .description(
      'Download the file of a set of weights, verify it and keep it. Where its host wants a browser, this says what ' +
        'to download; --file then takes it.',
    )
    .argument('<name>', 'such as resnet18.tv_in1k', parsed(filledText))
    .option('--file <file>', 'a file that was downloaded by hand', parsed(filledText))
    .option('--offline', 'fail where a download would begin')
    .exitOverride()
    .action(async (name: string, options: Omit<GetModelSettings, 'name'>) => {
      await getModelCommand({ ...options, name }, signal);
    });
  models
    .command('convert')
    .description("Write the weights of PyTorch's .pt, .pth or .bin as .safetensors; nothing of the file is run.")
    .argument('<file>', 'what torch.save wrote', parsed(filledText))
    .addOption(new Option('--to <format>', 'of the new file').choices(['safetensors']).makeOptionMandatory())
    .option('--output <file>', 'the new file (default: beside the old one)', parsed(filledText))
    .option(
      '--at <keys>',
      'where the state dict is in the file, such as model_ema (default: looked for)',
      parsed(filledText),
    )
    .exitOverride()
    .action(async (file: string, options: Omit<ConvertModelSettings, 'file'>) => {
      await convertModelCommand({ ...options, file });
    });
}
