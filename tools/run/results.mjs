// `npm run results`: runs the comparison of docs/comparison.md on the bundled transfer, under both protocols, and
// writes its tables into the page and the records into tools/bench/results/. An interrupted run goes on where it
// stopped; with --render nothing is run, and the tables are made of the records.
//
//     npm run results [-- --render]
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root, run, setUp } from './setup.mjs';

const { values: options } = parseArgs({ options: { render: { type: 'boolean', default: false } } });
const methods = 'probe,sct,tct,lora,norm,slope';
const recordOf = (/** @type {string} */ protocol) => join(root, `tools/bench/results/compare-${protocol}.json`);

if (!options.render) {
  setUp();
  for (const protocol of ['strict', 'paper']) {
    // Relative: the record holds the command.
    const output = `ct-report-results/${protocol}`;
    const args = ['compare', '--methods', methods, '--seeds', '3', '--protocol', protocol, '--output', output];
    if (run(process.execPath, [join(root, 'packages/ct-cli/dist/bin.js'), ...args]) !== 0) process.exit(1);
    copyFileSync(join(root, output, 'comparison.json'), recordOf(protocol));
  }
}

const { comparisonTable } = await import('../../packages/ct-lora-baseline/dist/index.js');
const page = join(root, 'docs/comparison.md');
let text = readFileSync(page, 'utf8');
for (const protocol of ['strict', 'paper']) {
  if (!existsSync(recordOf(protocol))) {
    console.log(`${recordOf(protocol)} is not there: its table stays as it is. npm run results makes it.`);
    continue;
  }
  const table = comparisonTable(JSON.parse(readFileSync(recordOf(protocol), 'utf8')), 'markdown');
  const marked = new RegExp(`(<!-- results: ${protocol} -->\n)[^]*?(<!-- end -->)`);
  if (!marked.test(text))
    throw new Error(`docs/comparison.md has no place for the results: <!-- results: ${protocol} --> ... <!-- end -->`);
  text = text.replace(marked, (_, begin, end) => `${begin}${table}\n${end}`);
}
writeFileSync(page, text);
