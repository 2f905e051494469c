/** The executable `ct-node`. Ctrl-C stops it cleanly, a second one at once. */
import { runCommandLine } from './commandLine.js';

const controller = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new Error('interrupted'));
  });
}
process.exitCode = await runCommandLine(process.argv.slice(2), controller.signal);
