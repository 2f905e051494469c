#!/usr/bin/env node
/** The executable `ct`. Ctrl-C, and SIGTERM, stop a run cleanly; a second one stops it at once. */
import { runCommandLine } from './commandLine.js';

const controller = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new Error('interrupted'));
  });
process.exitCode = await runCommandLine(process.argv.slice(2), controller.signal);
