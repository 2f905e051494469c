// A web server of another program, for as long as it is used.
import { spawn } from 'node:child_process';

/**
 * Runs a server (arguments of Node) until `use` is done with the address that it prints.
 *
 * @param {readonly string[]} args
 * @param {string} cwd
 * @param {(address: string) => Promise<void>} use
 */
export async function withServer(args, cwd, use) {
  const server = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  try {
    let output = '';
    /** @type {string} */
    const address = await new Promise((resolve, reject) => {
      const read = (/** @type {Buffer} */ chunk) => {
        output += chunk;
        const found = /http:\/\/127\.0\.0\.1:\d+\//.exec(output);
        if (found) resolve(found[0]);
      };
      server.stdout.on('data', read);
      server.stderr.on('data', read);
      server.on('exit', (code) => reject(new Error(`the server ended with ${code}:\n${output}`)));
    });
    await use(address);
  } finally {
    server.kill();
  }
}
