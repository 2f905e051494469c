// `npm run evidence`: builds what changed and runs the experiments; see experiments/src/evidence.ts for the options.
import { runTool, setUp } from './setup.mjs';

setUp();
if (runTool('typescript/bin/tsc', ['-b', 'experiments/tsconfig.lib.json']) !== 0) process.exit(1);
process.exit(runTool('../experiments/dist/evidence.js', process.argv.slice(2)));
