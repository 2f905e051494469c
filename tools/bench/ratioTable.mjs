/**
 * Prints ratios, each with its quartiles.
 *
 * @param {import('./measure/measureActivation.mjs').Measured['ratios']} ratios By what, and of what.
 */
export function ratioTable(ratios) {
  console.table(
    Object.fromEntries(
      Object.entries(ratios).map(([what, of]) => [
        what,
        Object.fromEntries(
          Object.entries(of).map(([name, [median, low, high]]) => [name, `${median} (${low} - ${high})`]),
        ),
      ]),
    ),
  );
}
