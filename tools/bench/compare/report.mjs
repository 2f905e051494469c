// The report of all benchmarks, as a page of its own.

/** @typedef {import('./interleave.mjs').Measured} Measured */
/**
 * @typedef {object} Report
 * @property {string} date
 * @property {string} commit With `(changed)` where files differ from it.
 * @property {string | null} baseline The commit that was compared with.
 * @property {string} command
 * @property {Record<string, string>} machine Processor, memory, system, versions.
 * @property {Record<string, Measured[]>} packages
 */

/** The ratios that a plot shows, from half to twice. */
const [LEFT, RIGHT] = [0.5, 2];
const WIDTH = 220;

const STYLE = `
:root {
  color-scheme: light dark;
  --ink: #1b1e23; --faint: #5d6571; --line: #d9dce1; --page: #fff; --slow: #b42318; --fast: #067647;
}
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8eb; --faint: #9aa1ab; --line: #343a43; --page: #15181c; --slow: #ff8a80; --fast: #6ee7a8; }
}
body {
  font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page);
  margin: 2rem auto; max-width: 62rem; padding: 0 1rem;
}
h1 { font-size: 1.5rem; }
h2 { font-size: 1.1rem; margin-top: 2rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; }
dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 0.25rem 0.75rem 0.25rem 0; border-bottom: 1px solid var(--line); }
th, td { white-space: nowrap; }
th { font-weight: 600; color: var(--faint); }
th.number, td.number { text-align: right; }
.slower { color: var(--slow); font-weight: 600; }
.faster { color: var(--fast); font-weight: 600; }
.skipped { color: var(--faint); white-space: normal; }
svg line { stroke: var(--line); }
svg .interval { stroke: currentColor; stroke-width: 3; }
svg circle { fill: currentColor; }
`;

/** @param {Report} report */
export function page(report) {
  const all = Object.values(report.packages).flat();
  const changed = all.filter(({ change }) => change !== undefined && change.verdict !== 'same');
  const skipped = all.filter((one) => one.skipped !== undefined);
  const facts = {
    commit: report.commit,
    baseline: report.baseline ?? 'none',
    command: report.command,
    date: report.date,
  };
  const list = Object.entries({ ...facts, ...report.machine })
    .map(([name, value]) => `<dt>${escape(name)}</dt><dd>${escape(value)}</dd>`)
    .join('');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Benchmarks of Curvature Tuning</title>
<style>${STYLE}</style>
<h1>Benchmarks</h1>
<p>${escape(summary(all, changed, skipped, report.baseline))}</p>
<dl>${list}</dl>
${Object.entries(report.packages)
  .map(([name, cases]) => section(name, cases))
  .join('\n')}
</html>
`;
}

/**
 * What comes of it, in a sentence or two.
 *
 * @param {readonly Measured[]} all
 * @param {readonly Measured[]} changed
 * @param {readonly Measured[]} skipped
 * @param {string | null} baseline
 */
export function summary(all, changed, skipped, baseline) {
  const count = (/** @type {string} */ verdict) => changed.filter(({ change }) => change?.verdict === verdict).length;
  const found =
    baseline === null
      ? `${all.length} cases, compared with nothing.`
      : `${all.length} cases: ${count('slower')} slower than the baseline, ${count('faster')} faster, beyond noise.`;
  return skipped.length === 0 ? found : `${found} ${skipped.length} skipped, each with its reason.`;
}

/**
 * @param {string} name
 * @param {readonly Measured[]} cases
 */
function section(name, cases) {
  const rows = cases.map(row).join('\n');
  const plot = `now / before, ${LEFT} to ${RIGHT}`;
  const numbers = ['now, ms', 'before, ms', 'ratio'].map((text) => `<th scope="col" class="number">${text}</th>`);
  const head = ['case', 'backend', ...numbers, plot, 'change'].map((text) =>
    text.startsWith('<') ? text : `<th scope="col">${text}</th>`,
  );
  return `<h2>${escape(name)}</h2>
<div class="scroll"><table><thead><tr>${head.join('')}</tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

/** @param {Measured} measured */
function row({ name, backend, ms, before, change, skipped }) {
  const number = (/** @type {number | undefined} */ value) =>
    `<td class="number">${value === undefined ? '' : value.toPrecision(3)}</td>`;
  const begin = `<tr><td>${escape(name)}</td><td>${escape(backend)}</td>${number(ms)}${number(before)}`;
  if (change === undefined)
    return `${begin}<td></td><td class="skipped" colspan="2">${escape(skipped ?? '')}</td></tr>`;
  const verdict = change.verdict === 'same' ? '' : change.verdict;
  return (
    `${begin}<td class="number">${change.ratio.toFixed(2)}</td>` +
    `<td class="${verdict}">${plotOf(change)}</td><td class="${verdict}">${verdict}</td></tr>`
  );
}

/** @param {import('./change.mjs').Change} change */
function plotOf({ ratio, interval: [low, high] }) {
  const x = (/** @type {number} */ value) => {
    const at = Math.log(value / LEFT) / Math.log(RIGHT / LEFT);
    return (WIDTH * Math.min(1, Math.max(0, at))).toFixed(1);
  };
  const says = `${ratio.toFixed(2)}, from ${low.toFixed(2)} to ${high.toFixed(2)}`;
  return (
    `<svg width="${WIDTH}" height="14" role="img" aria-label="${says}"><title>${says}</title>` +
    `<line x1="${x(1)}" x2="${x(1)}" y1="0" y2="14"/>` +
    `<line class="interval" x1="${x(low)}" x2="${x(high)}" y1="7" y2="7"/><circle cx="${x(ratio)}" cy="7" r="4"/></svg>`
  );
}

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** @param {string} text */
function escape(text) {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[/** @type {keyof typeof ENTITIES} */ (character)]);
}
