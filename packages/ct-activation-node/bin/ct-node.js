#!/usr/bin/env node
// Committed, unlike what it loads: package managers link executables before anything is built.
try {
  await import('../dist/setup/bin.js');
} catch (error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND' || !error.message.includes('setup/bin.js')) throw error;
  console.error('ct-node: this checkout is not built.\nCure: npm run build');
  process.exitCode = 1;
}
