/**
 * Writes a report: `report.json` for programs, `report.html` for people; the page needs no network.
 */
import { visible } from '../terminal/terminal.js';
import { accuracyFigure, activationFigure, curvatureFigure } from './figures.js';
import type { SteerReport } from './steerReport.js';
import { remarks, steerRows } from './steerReport.js';
import { writeFiles } from './writeFiles.js';

/**
 * Writes both files into `folder` and returns their paths; the record comes first, by which `checkOutput` knows the
 * others.
 */
export function writeReport(folder: string, report: SteerReport): Promise<string[]> {
  return writeFiles(folder, { 'report.json': `${JSON.stringify(report, null, 2)}\n`, 'report.html': page(report) });
}

function page(report: SteerReport): string {
  const [header, ...rows] = steerRows(report);
  const { data } = report.results[0]!;
  const facts: Record<string, string> = {
    command: report.command,
    network: report.network,
    data: `${data.title}; ${data.split} split`,
    'data hash': report.results.map(({ seed, data }) => `seed ${seed}: ${data.hash}`).join(', '),
    protocol:
      `${report.protocol.name}, ${report.protocol.betas.length} betas, c = ${report.protocol.coeff}; ` +
      `what is trained beside the head: ${report.protocol.epochs} epochs`,
    backend: `${report.backend}, tfjs ${report.tfjs}, Node ${report.node}`,
    hardware: report.hardware,
    commit: report.commit ?? `version ${report.version}`,
    date: report.date,
  };
  const figures = figuresOf(report);
  const tableRow = (row: string[], tag: string): string =>
    `<tr>${row.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join('')}</tr>`;
  const body = rows.map((row) => tableRow(row, 'td')).join('');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Curvature Tuning: ${escape(report.network)} to ${escape(data.name)}</title>
<style>
  body {
    font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem;
    color: #111827; background: white;
  }
  h1 { font-size: 1.5rem; }
  h2 { font-size: 1.1rem; margin-top: 2rem; }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
  th, td { padding: .3rem .9rem; text-align: right; border-bottom: 1px solid #e5e7eb; }
  th:first-child, td:first-child { text-align: left; padding-left: 0; }
  .figures { display: flex; flex-wrap: wrap; gap: 2rem; }
  figure { margin: 0; }
  figcaption { color: #4b5563; max-width: 560px; font-size: .9rem; }
  svg { max-width: 100%; height: auto; }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; font-size: .85rem; }
  dt { color: #4b5563; }
  dd { margin: 0; overflow-wrap: anywhere; }
</style>
</head>
<body>
<h1>One number, another data set: ${escape(report.network)} to ${escape(data.name)}</h1>
<table><thead>${tableRow(header!, 'th')}</thead><tbody>${body}</tbody></table>
${remarks(report)
  .map((note) => `<p>${escape(note)}</p>`)
  .join('\n')}
<div class="figures">
${figures
  .map(([figure, caption]) => `<figure>${figure}<figcaption>${escape(caption)}</figcaption></figure>`)
  .join('\n')}
</div>
<h2>How this was made</h2>
<dl>${Object.entries(facts)
    .map(([name, value]) => `<dt>${escape(name)}</dt><dd>${escape(value)}</dd>`)
    .join('')}</dl>
</body>
</html>
`;
}

function figuresOf(report: SteerReport): [figure: string, caption: string][] {
  const { sct, tct, outcomes } = report.results[0]!;
  const figures: [string, string][] = [];
  if (sct !== undefined) {
    const reading =
      report.results.length > 1
        ? ': a thin line a seed, their mean, and a dot where each seed chose'
        : '. Small dots: features computed; between them, interpolated';
    figures.push(
      [
        accuracyFigure(report),
        'Validation accuracy of a fresh linear head on the frozen network, for each curvature of its ' +
          `activations${reading}.`,
      ],
      [
        activationFigure(report),
        "The activation before and after, in every unit of the network. No weight was trained but the head's.",
      ],
    );
  }
  if (tct !== undefined)
    figures.push([
      curvatureFigure(report),
      `What T-CT learnt: curvature beta and mixing coefficient c of all ${outcomes.tct!.parameters.withoutHead / 2} ` +
        'trained channels.',
    ]);
  return figures;
}

function escape(text: string): string {
  return visible(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
