// `npm start`: sets the checkout up, then steers the bundled network: `ct steer`, with the options given after `--`.
import { join } from 'node:path';
import { root, setUp } from './setup.mjs';

setUp();
// In this process, so that Ctrl-C reaches the command alone.
process.argv = [process.argv[0], join(root, 'packages/ct-cli/dist/bin.js'), 'steer', ...process.argv.slice(2)];
await import('../packages/ct-cli/dist/bin.js');
