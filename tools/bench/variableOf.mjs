/**
 * A layer weight's variable, which tfjs's declarations keep to its classes.
 *
 * @param {any} weight
 */
export function variableOf(weight) {
  return weight.val;
}
