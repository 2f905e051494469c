// `npm run lint`: ESLint over everything in one process. Rules that know types read each package's program, and what
// packages share is read once: a third of the time of a process a package.
import { join } from 'node:path';
import { root, run, runTool, setUp } from './setup.mjs';

// Rules that know types read what is built.
setUp();
// Which packages there are: the rule of their boundaries reads what this leaves.
const projects = runTool('nx/dist/bin/nx.js', ['show', 'projects'], { NX_DAEMON: 'false', NX_TUI: 'false' });
const eslint = join(root, 'node_modules/eslint/bin/eslint.js');
const places = ['packages', 'apps', 'tools', 'experiments', 'examples', 'eslint.config.js'];
process.exitCode =
  projects ||
  run(process.execPath, ['--max-old-space-size=8192', eslint, '--max-warnings', '0', ...places], {
    NX_DAEMON: 'false',
  });
