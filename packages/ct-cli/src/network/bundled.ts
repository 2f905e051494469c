/** The network that a command works on unless told: ResNet-14, trained on MNIST, part of ct-models. */
export const BUNDLED = 'resnet14.mnist';
