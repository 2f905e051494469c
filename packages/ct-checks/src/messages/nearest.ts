/**
 * Names that are near to one that nobody knows, for errors where there are too many to list.
 */

/**
 * At most five of the names, the nearest first: those that begin like the text, then those of the fewest edits.
 *
 *     `got "resnet81"; near it are ${nearest('resnet81', names).join(', ')}`
 */
export function nearest(text: string, names: readonly string[]): string[] {
  const wanted = text.toLowerCase();
  const distances = names.map((name) => {
    const [head] = name.toLowerCase().split('.');
    const whole = name.toLowerCase();
    return { name, distance: whole.startsWith(wanted) ? 0 : Math.min(edits(wanted, head!), edits(wanted, whole)) };
  });
  return distances
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 5)
    .map(({ name }) => name);
}

/** How many letters have to be put in, left out or replaced (Levenshtein 1965). */
function edits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1)));
    row = next;
  }
  return row.at(-1)!;
}
