/**
 * Draws tables, figures and docs/evidence.md from the records.
 */
import { replaceFile } from '@curvature-tuning/files/node';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readCosts, readRecords, resultsOf } from './records.js';
import type { Records } from './records.js';
import { pngOf, svgOf } from './report/figure.js';
import { TABLE_FORMATS, tableAs } from './report/table.js';
import type { Study } from './studies/study.js';
import { SIZES } from './studies/study.js';

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Writes docs/evidence.md with its figures, and the tables beside the records. Studies without records are named. */
export async function render(studies: readonly Study[]): Promise<string[]> {
  const records = new Map<string, Records>();
  for (const { name } of studies) {
    const found = await readRecords(name);
    if (found !== undefined) records.set(name, found);
  }
  const results = resultsOf([...records.values()]);
  const sections: string[] = [];
  for (const study of studies) {
    const own = records.get(study.name);
    if (own === undefined) {
      sections.push(`## ${study.title}\n\nNot run yet: \`npm run evidence -- --only ${study.name}\`.`);
      continue;
    }
    const { text, tables, figures } = study.report(results);
    for (const table of tables)
      for (const format of TABLE_FORMATS)
        await replaceFile(at(`experiments/records/tables/${table.name}.${format}`), `${tableAs(format, table)}\n`);
    for (const figure of figures) {
      await replaceFile(at(`docs/evidence/${figure.name}.svg`), svgOf(figure));
      await replaceFile(at(`docs/evidence/${figure.name}.png`), await pngOf(figure));
    }
    const { seeds, epochs } = SIZES[own.size];
    sections.push(
      [
        `## ${study.title}`,
        `\`npm run evidence -- --only ${study.name}\`: ${own.cells.length} cells, seed${seeds.length > 1 ? 's' : ''} ` +
          `${seeds.join(', ')}, ${epochs} epochs where something is trained.`,
        ...text,
        ...tables.map((table) => `${table.title}:\n\n${tableAs('md', table)}`),
        ...figures.map(({ name, title, description }) => `![${title}. ${description}](evidence/${name}.svg)`),
      ].join('\n\n'),
    );
  }
  const page = at('docs/evidence.md');
  const marked = /(<!-- evidence -->\n)[^]*?(<!-- end -->)/;
  const before = await readFile(page, 'utf8');
  if (!marked.test(before)) throw new Error('docs/evidence.md must have a place: <!-- evidence --> … <!-- end -->');
  await replaceFile(
    page,
    before.replace(marked, (_, begin: string, end: string) => `${begin}\n${sections.join('\n\n')}\n\n${end}`),
  );
  await renderCosts(page);
  return studies.map(({ name }) => name).filter((name) => !records.has(name));
}

/** The line on what all cells took, which differs from machine to machine. */
async function renderCosts(page: string): Promise<void> {
  const costs = Object.values(await readCosts());
  const hours = costs.reduce((sum, { seconds }) => sum + seconds, 0) / 60;
  const peak = Math.max(0, ...costs.map(({ peakMB }) => peakMB));
  const line =
    `${costs.length} cells took ${hours.toFixed(0)} minutes of a process each, at most ${peak} MB ` +
    '(`experiments/records/costs.json`).';
  const text = await readFile(page, 'utf8');
  await replaceFile(
    page,
    text.replace(
      /(<!-- costs -->\n)[^]*?(<!-- end costs -->)/,
      (_, begin: string, end: string) => `${begin}${line}\n${end}`,
    ),
  );
}
