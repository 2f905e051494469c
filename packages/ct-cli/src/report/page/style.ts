/**
 * How the page looks: on desks and phones, light and dark, and on paper.
 */
import type { MethodName } from '@curvature-tuning/lora-baseline';

/** Of each method, in light and dark. */
const COLOURS: Record<MethodName, readonly [light: string, dark: string]> = {
  probe: ['#6b7280', '#9ca3af'],
  bn: ['#334155', '#cbd5e1'],
  sct: ['#c2410c', '#fb923c'],
  tct: ['#0b62b0', '#60a5fa'],
  'tct-split': ['#0e7490', '#22d3ee'],
  lora: ['#7c3aed', '#c4b5fd'],
  norm: ['#0f766e', '#2dd4bf'],
  slope: ['#a16207', '#facc15'],
  affine: ['#be185d', '#f472b6'],
  bias: ['#4d7c0f', '#a3e635'],
  full: ['#7f1d1d', '#fca5a5'],
};

/** A method's colour, for marks and words. */
export function colourOf(method: MethodName): string {
  return `var(--${method})`;
}

const methods = (dark: 0 | 1): string =>
  Object.entries(COLOURS)
    .map(([name, pair]) => `--${name}: ${pair[dark]};`)
    .join(' ');

/** The style sheet. */
export const style: string = `
:root {
  color-scheme: light; --ink: #111827; --muted: #4b5563; --line: #d1d5db; --paper: #ffffff; --soft: #f3f4f6;
  --relu: #6b7280; --ct: #c2410c; --link: #0b57a4; --wrong: 194 65 12; --right: 11 98 176; ${methods(0)}
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    color-scheme: dark; --ink: #e5e7eb; --muted: #a8b0bd; --line: #3f4756; --paper: #11151c; --soft: #1b212b;
    --relu: #9ca3af; --ct: #fb923c; --link: #7cb8ff; --wrong: 251 146 60; --right: 96 165 250; ${methods(1)}
  }
}
* { box-sizing: border-box; }
body {
  font: 16px/1.5 system-ui, sans-serif; margin: 0; color: var(--ink); background: var(--paper);
  -webkit-text-size-adjust: 100%; overflow-wrap: break-word;
}
header, main, footer { max-width: 76rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 2rem; }
footer { padding-bottom: 3rem; color: var(--muted); font-size: .9rem; }
h1 { font-size: clamp(1.35rem, 1rem + 1.6vw, 2rem); line-height: 1.25; margin: .2rem 0 .8rem; text-wrap: balance; }
h2 { font-size: 1.2rem; margin: 2.6rem 0 .6rem; padding-top: .9rem; border-top: 1px solid var(--line); }
p, .notes { max-width: 52rem; }
.notes { padding-left: 1.2rem; }
.kicker { color: var(--muted); margin: 0; font-size: .9rem; }
.lead { font-size: 1.05rem; }
a { color: var(--link); text-underline-offset: .15em; }
nav { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; font-size: .9rem; }
nav a { padding: .2rem 0; }
code { font: .92em ui-monospace, monospace; overflow-wrap: anywhere; }
summary { cursor: pointer; padding: .35rem 0; color: var(--link); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }

.figures { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 2rem 3rem; align-items: start; }
figure { margin: 1rem 0 0; max-width: 40rem; }
figure > .name { font-weight: 600; margin: 0 0 .3rem; }
figcaption { color: var(--muted); font-size: .9rem; margin-top: .3rem; }
figure > svg { display: block; width: 100%; height: auto; overflow: visible; color: var(--muted); }
figure > svg.narrow { display: none; max-width: 27rem; }
.key { list-style: none; margin: 0 0 .5rem; padding: 0; display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; }
.key li { font-size: .85rem; display: flex; gap: .4rem; align-items: baseline; color: var(--muted); }
.swatch { width: 24px; height: 14px; flex: none; align-self: center; }

.scroll { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .95rem; }
caption { text-align: left; color: var(--muted); font-size: .85rem; padding: .2rem 0; }
th, td { padding: .3rem .8rem; text-align: right; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; }
thead th { color: var(--muted); font-size: .85rem; vertical-align: bottom; line-height: 1.25; }
th:first-child { text-align: left; padding-left: 0; }
.results { width: 100%; }
.results td { white-space: nowrap; }
.results th .what { display: block; font-weight: 400; color: var(--muted); font-size: .85rem; max-width: 26rem; }
.results .chip { display: inline-block; width: .7em; height: .7em; border-radius: 50%; margin-right: .5em; }
.results small { display: block; color: var(--muted); font-size: .8rem; }
.strip { position: relative; display: block; height: 1.5rem; min-width: 9rem; background: var(--soft); }
.strip i { position: absolute; top: .65rem; height: .2rem; opacity: .45; }
.strip b { position: absolute; top: .35rem; width: .8rem; height: .8rem; margin-left: -.4rem; border-radius: 50%; }
.strip u { position: absolute; top: .5rem; width: .5rem; height: .5rem; margin-left: -.25rem; border-radius: 50%; }
.strip u { opacity: .55; }

.confusion { border-collapse: separate; border-spacing: 1px; font-size: clamp(.69rem, 2.4vw, .85rem); }
.confusion th, .confusion td { border: 0; padding: .3em .1em; text-align: center; min-width: 2.5em; }
.confusion tbody th { text-align: right; padding-right: .6em; }
.confusion td { background: var(--soft); }
.confusion td.none { color: transparent; background: none; }
.confusion td.wrong { background: rgb(var(--wrong) / var(--share)); }
.confusion td.right { background: rgb(var(--right) / var(--share)); }
.matrices { display: flex; flex-wrap: wrap; gap: 1rem 3rem; margin-bottom: 1rem; }
.gallery { list-style: none; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); }
.gallery { gap: 1rem; }
.gallery img { width: 4.5rem; height: 4.5rem; object-fit: contain; background: var(--soft); display: block; }
.gallery img { image-rendering: pixelated; }
.gallery li { font-size: .85rem; line-height: 1.35; }
.gallery .name { white-space: nowrap; }
.gallery .said { color: var(--muted); display: block; }

dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .3rem 1.2rem; font-size: .9rem; margin: 0; }
dt { color: var(--muted); }
dd { margin: 0; overflow-wrap: anywhere; max-width: 46rem; }
#tip {
  position: fixed; z-index: 1; pointer-events: none; max-width: 18rem; padding: .3rem .55rem; border-radius: .3rem;
  font-size: .85rem; line-height: 1.35; background: var(--ink); color: var(--paper); white-space: pre-line;
}

@media screen and (max-width: 74.99rem) {
  .figures { grid-template-columns: minmax(0, 1fr); }
}
@media screen and (max-width: 63.99rem) {
  .results, .results tbody, .results tr, .results td, .results tbody th { display: block; }
  .results thead { display: none; }
  .results tr { padding: .8rem 0; border-bottom: 1px solid var(--line); }
  .results tbody th, .results td { border: 0; padding: .12rem 0; text-align: left; white-space: normal; }
  .results td[data-name] { display: grid; grid-template-columns: 9.5rem minmax(0, 1fr); gap: .6rem; }
  .results td[data-name]::before { content: attr(data-name); color: var(--muted); font-size: .85rem; }
}
@media screen and (max-width: 37.49rem) {
  body { font-size: 15px; }
  figure > svg.wide { display: none; }
  figure > svg.narrow { display: block; }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dd { margin-bottom: .5rem; }
  th, td { padding: .25rem .5rem; }
  .confusion th, .confusion td { padding: .4em 0; min-width: 2.4em; }
}
@media print {
  body { font-size: 10pt; }
  header { padding-top: 0; }
  header, main, footer { max-width: none; padding: 0; }
  nav, #tip { display: none; }
  a { color: inherit; }
  a[href^='http']::after { content: ' (' attr(href) ')'; font-size: .85em; }
  h2 { break-after: avoid; }
  figure > svg.wide { display: none; }
  figure > svg.narrow { display: block; }
  .figures { gap: 1rem 2rem; }
  figure, .gallery li, tr { break-inside: avoid; }
  details.bulky { display: none; }
  details::details-content { content-visibility: visible; block-size: auto; }
  .scroll { overflow: visible; }
  .results { font-size: 8.5pt; }
  .results td { white-space: normal; }
  .results th:first-child { width: 34%; }
  .results th .what { max-width: 15rem; font-size: 8pt; }
  .results .strip { min-width: 5rem; }
  .results th, .results td { padding: .25rem .4rem; }
  .strip, .strip *, .confusion td, .chip, .gallery img { print-color-adjust: exact; }
}
`;
