/**
 * How a report was made, and where to read on.
 */
import type { SteerReport } from '../steerReport.js';
import type { Section } from './section.js';
import { escape } from './section.js';

/** Where the project lives. */
const REPOSITORY = 'https://github.com/curvature-tuning/curvature-tuning-tfjs';

/** Command, versions, hashes and links. */
export function provenanceSection(report: SteerReport): Section {
  const { protocol, results } = report;
  const { data } = results[0]!;
  const facts: Record<string, string> = {
    command: `<code>${escape(report.command)}</code>`,
    network: escape(report.network),
    data: escape(`${data.title}: ${data.train} training, ${data.validation} validation, ${data.test} test images`),
    split: escape(data.split),
    'data hash': results.map(({ seed, data }) => `seed ${seed}: <code>${escape(data.hash)}</code>`).join('<br>'),
    protocol: escape(
      `${protocol.name}, ${protocol.betas.length} betas, c = ${protocol.coeff}; what is trained beside the head: ` +
        `${protocol.epochs} epochs`,
    ),
    backend: escape(`${report.backend}, tfjs ${report.tfjs}, Node ${report.node}`),
    hardware: escape(report.hardware),
    commit: `<code>${escape(report.commit ?? `version ${report.version}`)}</code>`,
    date: `<time datetime="${escape(report.date)}">${escape(report.date.slice(0, 16).replace('T', ' '))} UTC</time>`,
    'all numbers': '<a href="report.json">report.json</a>: every beta, epoch and prediction',
    'read on':
      `<a href="${REPOSITORY}#readme">the project</a>, ` +
      `<a href="${REPOSITORY}/blob/main/docs/api.md">its vocabulary</a>, ` +
      '<a href="https://arxiv.org/abs/2502.07783">the paper</a>',
  };
  return {
    id: 'provenance',
    title: 'How this was made',
    html: `<dl>${Object.entries(facts)
      .map(([name, value]) => `<dt>${escape(name)}</dt><dd>${value}</dd>`)
      .join('\n')}</dl>`,
  };
}
