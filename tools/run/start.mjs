// `npm start`: sets the checkout up, then runs the command `ct` with what is given after `--`; without a subcommand
// (`npm start -- attack`) it is `ct start`, which shows what this is good for, or `ct steer` with the options given.
import { join } from 'node:path';
import { root, setUp } from './setup.mjs';

setUp();
// In this process, so that Ctrl-C reaches the command alone.
// Paths are those of the folder that it was typed in, not of the checkout, where npm runs scripts.
process.chdir(process.env.INIT_CWD ?? process.cwd());
const args = process.argv.slice(2);
const named = args.length > 0 && (args[0] === '--version' || !args[0].startsWith('-'));
process.argv = [
  process.argv[0],
  join(root, 'packages/ct-cli/dist/bin.js'),
  ...(named ? args : args.length === 0 ? ['start'] : ['steer', ...args]),
];
await import('../../packages/ct-cli/dist/bin.js');
