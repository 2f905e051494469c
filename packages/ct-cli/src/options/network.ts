/** The network that every command works on: ResNet-14, trained on MNIST, shipped with the models package. */
export const NETWORK = 'resnet14.mnist';
