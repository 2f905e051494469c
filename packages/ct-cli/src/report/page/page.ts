/**
 * The page of a report: one file that needs no network, made of sections.
 */
import type { SteerReport } from '../steerReport.js';
import { meanAndSpread, methodsOf, titleOf } from '../steerReport.js';
import { curvatureSection } from './curvatureSection.js';
import { learningSection } from './learningSection.js';
import { mistakesSection } from './mistakesSection.js';
import { provenanceSection } from './provenanceSection.js';
import { resultsSection } from './resultsSection.js';
import { robustnessSection } from './robustnessSection.js';
import type { Section } from './section.js';
import { escape, percent } from './section.js';
import { steeringSection } from './steeringSection.js';
import { style } from './style.js';
import { TOOLTIP } from './tooltip.js';
import { headline } from './verdict.js';

/** In the order of the page; those that a report has nothing for are left out. */
const SECTIONS: readonly ((report: SteerReport) => Section | undefined)[] = [
  resultsSection,
  robustnessSection,
  steeringSection,
  learningSection,
  curvatureSection,
  mistakesSection,
  provenanceSection,
];

/** The page, as the text of an HTML file. */
export function page(report: SteerReport): string {
  const sections = SECTIONS.flatMap((section) => section(report) ?? []);
  const { data } = report.results[0]!;
  const links = sections.map(({ id, title }) => `<a href="#${id}">${escape(title)}</a>`).join('\n');
  const body = sections.map(
    ({ id, title, html }) =>
      `<section aria-labelledby="${id}">\n<h2 id="${id}">${escape(title)}</h2>\n${html}\n</section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Curvature Tuning: ${escape(report.network)} to ${escape(data.name)}</title>
<style>${style}</style>
</head>
<body>
<header>
<p class="kicker">${escape(report.network)} adapted to ${escape(data.title)}</p>
<h1>${escape(headline(report))}</h1>
<p class="lead">${escape(lead(report))}</p>
<nav aria-label="Sections">
${links}
</nav>
</header>
<main>
${body.join('\n')}
</main>
<script>${TOOLTIP}</script>
</body>
</html>
`;
}

/** What all methods got, in a sentence. */
function lead({ results, own }: SteerReport): string {
  const shares = methodsOf(results).map((method) => {
    const { mean } = meanAndSpread(results.map(({ outcomes }) => outcomes[method]!.testAccuracy));
    return `${titleOf(method, own)} ${percent(mean)}\u00a0%`;
  });
  const { data } = results[0]!;
  return (
    `Of ${data.test} test images were got right: ${shares.join(', ')}` +
    `${results.length > 1 ? `, on average over ${results.length} seeds` : ''}.`
  );
}
