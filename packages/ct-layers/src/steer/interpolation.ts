/**
 * What a network computes at many betas, from what it computes at a few.
 *
 * phi depends on beta through s = 1 − beta, and on x / s: on a scale of its own for every x. In t = ln(s + 0.05) all
 * these scales are alike, and features, means of many such functions, are smooth: the polynomial through Chebyshev's
 * points converges geometrically. Below s = 0.05 phi nears ReLU, and t nears a linear function of s.
 *
 * Source: Trefethen, "Approximation Theory and Approximation Practice", chapters 2 and 8.
 */

const SHIFT = 0.05;

function place(beta: number): number {
  return Math.log(1 - beta + SHIFT);
}

/**
 * The betas of a grid to compute at: those nearest to Chebyshev's points, eight for 0.70 to 0.99, twelve for 0 to 1;
 * ascending. Undefined where that would be more than half of the grid.
 */
export function interpolationNodes(betas: readonly number[]): number[] | undefined {
  const grid = [...new Set(betas)].sort((a, b) => a - b);
  const [from, to] = [place(grid[0]!), place(grid.at(-1)!)];
  const count = Math.ceil(2 + 3.2 * (from - to));
  if (2 * count > grid.length) return undefined;
  const nodes = Array.from({ length: count }, (_, k) => {
    const point = (from + to) / 2 + ((from - to) / 2) * Math.cos((Math.PI * k) / (count - 1));
    return grid.reduce((nearest, beta) =>
      Math.abs(place(beta) - point) < Math.abs(place(nearest) - point) ? beta : nearest,
    );
  });
  return [...new Set(nodes)];
}

/** Lagrange's weights: the value at `beta` is about the sum of weights[k] · value at nodes[k]. */
export function interpolationWeights(nodes: readonly number[], beta: number): number[] {
  return nodes.map((node) =>
    nodes.reduce(
      (weight, other) =>
        other === node ? weight : (weight * (place(beta) - place(other))) / (place(node) - place(other)),
      1,
    ),
  );
}
