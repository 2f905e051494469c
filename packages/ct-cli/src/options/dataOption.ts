import { Option } from 'commander';
import { filledText, parsed } from './parsers.js';

/** The option `--skip-unreadable` of the commands that read images. */
export function skipOption(): Option {
  return new Option(
    '--skip-unreadable',
    'leave out images that cannot be read, and say how many and which; without, the first of them ends the command',
  );
}

/** The option `--data` of the commands that adapt a network. */
export function dataOption(): Option {
  return new Option(
    '--data <set>',
    'digits, fashion-mnist-sample (both ship with the package), any other name that ct data list has (downloaded, or ' +
      'from CT_DATA_DIR), or a folder of images with one folder a class',
  )
    .argParser(parsed(filledText))
    .default('digits');
}
