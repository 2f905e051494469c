/**
 * Draws tables, figures, docs/evidence.md and what README.md and docs/quirks.md quote, from the records.
 */
import { replaceFile } from '@curvature-tuning/files/node';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readCosts, readRecords, resultsOf } from './records.js';
import type { Records } from './records.js';
import type { Figure } from './report/figure.js';
import { pngOf, svgOf } from './report/figure.js';
import { SPECIFICATIONS } from './paper/specifications.js';
import { paperTables } from './report/paperReport.js';
import { quirksTable } from './report/quirksTable.js';
import { averagesTable } from './report/transferReport.js';
import { TABLE_FORMATS, tableAs } from './report/table.js';
import type { Table } from './report/table.js';
import type { Study } from './studies/study.js';

/** What the records make. */
export interface Rendered {
  /** Contents of files, by their path in the repository. */
  texts: Map<string, string>;
  figures: Figure[];
  /** Studies without records. */
  missing: string[];
}

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Writes what the records make. Studies without records are named. */
export async function render(studies: readonly Study[]): Promise<string[]> {
  const { texts, figures, missing } = await rendered(studies);
  for (const [path, text] of texts) await replaceFile(at(path), text);
  for (const figure of figures) await replaceFile(at(`docs/evidence/${figure.name}.png`), await pngOf(figure));
  return missing;
}

/**
 * What the records make, written nowhere.
 *
 * @param read Gives the records of a study by its name.
 */
export async function rendered(studies: readonly Study[], read: typeof readRecords = readRecords): Promise<Rendered> {
  const records = new Map<string, Records>();
  for (const { name } of studies) {
    const found = await read(name);
    if (found !== undefined) records.set(name, found);
  }
  const results = resultsOf([...records.values()]);
  const texts = new Map<string, string>();
  const drawn: Figure[] = [];
  const sections = studies.map((study) => {
    const own = records.get(study.name);
    if (own === undefined) return `## ${study.title}\n\nNot run yet: \`npm run evidence -- --only ${study.name}\`.`;
    const { text, tables, figures } = study.report(results);
    for (const table of tables)
      for (const format of TABLE_FORMATS)
        texts.set(`experiments/records/tables/${table.name}.${format}`, `${tableAs(format, table)}\n`);
    for (const figure of figures) texts.set(`docs/evidence/${figure.name}.svg`, svgOf(figure));
    drawn.push(...figures);
    return [
      `## ${study.title}`,
      howRun(study, own),
      ...text,
      ...tables.map((table) => `${table.title}:\n\n${tableAs('md', table)}`),
      ...figures.map(({ name, title, description }) => `![${title}. ${description}](evidence/${name}.svg)`),
    ].join('\n\n');
  });
  const published = await paperSection(read);
  for (const table of published.tables)
    for (const format of TABLE_FORMATS)
      texts.set(`experiments/records/tables/${table.name}.${format}`, `${tableAs(format, table)}\n`);
  sections.push(published.section);
  const places: Record<string, Record<string, string>> = {
    'docs/evidence.md': { costs: await costsLine(), evidence: `\n${sections.join('\n\n')}\n` },
    'docs/quirks.md': { quirks: tableAs('md', quirksTable(results)) },
    'README.md': { averages: tableAs('md', averagesTable(results)) },
  };
  for (const [path, named] of Object.entries(places))
    texts.set(path, filled(path, await readFile(at(path), 'utf8'), named));
  return { texts, figures: drawn, missing: studies.map(({ name }) => name).filter((name) => !records.has(name)) };
}

/** What was run at the paper's size, and how to go on. */
async function paperSection(read: typeof readRecords): Promise<{ section: string; tables: Table[] }> {
  const found = await Promise.all(Object.keys(SPECIFICATIONS).map((name) => read(`paper-${name}`)));
  const tables = paperTables(found.flatMap((one) => one ?? []));
  const section = [
    '## At the paper’s size',
    'Each table and figure of the paper is a specification, too, with its own networks, sets, grids and seeds: ' +
      '`npm run evidence -- --scale paper --list` says which of its cells can run with the sets and weights that are ' +
      'on the machine, and for each thing that is lacking the command that gets it; without `--list` it runs those ' +
      'that can, and this section grows.',
    ...(tables.length === 0 ? ['None was run yet.'] : []),
    ...tables.map((table) => `${table.title}:\n\n${tableAs('md', table)}`),
  ].join('\n\n');
  return { section, tables };
}

/** The command of a study, how many cells it had, with which seeds and how many epochs. */
function howRun({ name }: Study, { size, cells }: Records): string {
  const values = (key: string): number[] =>
    [...new Set(cells.flatMap(({ cell }) => (cell.spec[key] as number | undefined) ?? []))].sort((x, y) => x - y);
  const [seeds, epochs] = [values('seed'), values('epochs')];
  const trained = epochs.length === 0 ? '' : `, ${epochs.join(' or ')} epochs where something is trained`;
  return (
    `\`npm run evidence -- --only ${name}${size === 'full' ? ' --full' : ''}\`: ${cells.length} cells, ` +
    `seed${seeds.length > 1 ? 's' : ''} ${seeds.join(', ')}${trained}.`
  );
}

/** A text with its places, `<!-- name --> … <!-- end -->`, filled. @throws Error where it lacks one. */
function filled(path: string, text: string, places: Readonly<Record<string, string>>): string {
  return Object.entries(places).reduce((before, [name, content]) => {
    const place = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- end -->)`);
    if (!place.test(before)) throw new Error(`${path} must have a place: <!-- ${name} --> … <!-- end -->`);
    return before.replace(place, (_, begin: string, end: string) => `${begin}${content}\n${end}`);
  }, text);
}

/** The line on what all cells took, which differs from machine to machine. */
async function costsLine(): Promise<string> {
  const costs = Object.values(await readCosts());
  const minutes = costs.reduce((sum, { seconds }) => sum + seconds, 0) / 60;
  const peak = Math.max(0, ...costs.map(({ peakMB }) => peakMB));
  return (
    `${costs.length} cells took ${minutes.toFixed(0)} minutes of a process each, at most ${peak} MB ` +
    '(`experiments/records/costs.json`).'
  );
}
