/**
 * What the page of a report is made of: sections, one file each, that stand below each other.
 */
import { visible } from '../../terminal/terminal.js';

/** A part of the page, with a heading of its own. */
export interface Section {
  /** Of the heading, for links to it. */
  id: string;
  title: string;
  /** What stands below the heading; texts in it are escaped. */
  html: string;
}

/** Text as HTML shows it; characters that are not seen become escapes. */
export function escape(text: string): string {
  return visible(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A share in percent, `98.4`. */
export function percent(share: number, digits = 1): string {
  return (100 * share).toFixed(digits);
}

/** A difference of shares in points, with its sign: `+0.38`, `−0.25`. */
export function points(difference: number): string {
  const text = Math.abs(100 * difference).toFixed(2);
  return Number(text) === 0 ? '0' : `${difference > 0 ? '+' : '−'}${text}`;
}

/** A table whose first column names its rows. */
export function table(caption: string, header: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = header.map((text) => `<th scope="col">${escape(text)}</th>`).join('');
  const body = rows
    .map(
      ([name = '', ...cells]) =>
        `<tr><th scope="row">${escape(name)}</th>${cells.map((cell) => `<td>${escape(cell)}</td>`).join('')}</tr>`,
    )
    .join('\n');
  return (
    `<div class="scroll" tabindex="0" role="region" aria-label="${escape(caption)}"><table>` +
    `<caption>${escape(caption)}</caption><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></div>`
  );
}

/** Something that opens on request; on paper it is open, or left out where it is `bulky`. */
export function details(summary: string, html: string, bulky = false): string {
  return `<details${bulky ? ' class="bulky"' : ''}><summary>${escape(summary)}</summary>\n${html}\n</details>`;
}
