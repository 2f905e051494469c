/**
 * What Square draws its proposals for, in every norm.
 */

/** What proposals are drawn for. */
export interface ProposalSetting {
  /** Clean images, image after image, `[height, width, channels]`. */
  readonly clean: Float32Array;
  /** Image number and variant of each row; they name its random stream. */
  readonly ids: Int32Array;
  readonly variants: Int32Array;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly eps: number;
  readonly seed: number;
  /** The share of the image that the square of a query covers. */
  readonly share: (query: number) => number;
}
