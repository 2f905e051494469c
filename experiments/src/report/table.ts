/**
 * A table, and how it is written for readers, pages, papers and programs.
 */

/** A table: the first column names what a row is of, the others are numbers as they are to be read. */
export interface Table {
  name: string;
  title: string;
  head: readonly string[];
  rows: readonly (readonly string[])[];
  /** Whether all columns are words. */
  isText?: boolean | undefined;
}

/** Kinds of files that a table is written to. */
export const TABLE_FORMATS = ['md', 'html', 'tex', 'csv'] as const;

/** The table as the text of a file. */
export function tableAs(format: (typeof TABLE_FORMATS)[number], table: Table): string {
  return { md: markdown, html, tex, csv }[format](table);
}

function markdown({ head, rows, isText }: Table): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 || isText ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

function html({ title, head, rows }: Table): string {
  const safe = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const line = (tag: string, cells: readonly string[]): string =>
    `<tr>${cells.map((cell) => `<${tag}>${safe(cell)}</${tag}>`).join('')}</tr>`;
  return [
    `<table>\n<caption>${safe(title)}</caption>\n<thead>${line('th', head)}</thead>\n<tbody>`,
    ...rows.map((row) => line('td', row)),
    '</tbody>\n</table>',
  ].join('\n');
}

function tex({ title, name, head, rows }: Table): string {
  const safe = (text: string): string =>
    text
      .replace(/[&%#_$]/g, '\\$&')
      .replaceAll('±', '$\\pm$')
      .replaceAll('→', '$\\to$')
      .replaceAll('−', '$-$')
      .replaceAll('β', '$\\beta$');
  const line = (cells: readonly string[]): string => `${cells.map(safe).join(' & ')} \\\\`;
  return [
    `\\begin{table}\n\\caption{${safe(title)}}\\label{tab:${name}}`,
    `\\begin{tabular}{l${'r'.repeat(head.length - 1)}}\n\\toprule`,
    line(head),
    '\\midrule',
    ...rows.map(line),
    '\\bottomrule\n\\end{tabular}\n\\end{table}',
  ].join('\n');
}

function csv({ head, rows }: Table): string {
  const field = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return [head, ...rows].map((row) => row.map(field).join(',')).join('\n');
}
