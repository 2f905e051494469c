/**
 * A step of Adam on one batch, in training mode; it ends when the loss has been read.
 *
 * @param {any} tf
 * @param {any} model
 * @param {any} images [count, ...]; the labels are the ten classes in turn.
 * @param {any[]} variables What is trained.
 */
export function adamStep(tf, model, images, variables) {
  const classes = Array.from({ length: images.shape[0] }, (_, i) => i % 10);
  const labels = tf.oneHot(tf.tensor1d(classes, 'int32'), 10);
  const optimizer = tf.train.adam(1e-4);
  return () => {
    const loss = optimizer.minimize(
      () => tf.losses.softmaxCrossEntropy(labels, model.apply(images, { training: true })),
      true,
      variables,
    );
    loss.dataSync();
    loss.dispose();
  };
}

/**
 * A layer weight's variable, which tfjs's declarations keep to its classes.
 *
 * @param {any} weight
 */
export function variableOf(weight) {
  return weight.val;
}
