export declare function bundled(packageRoot: string, name: string, program: string): Promise<Record<string, unknown>>;

export interface Saved {
  modelArtifactsInfo: { dateSaved: Date; modelTopologyType: 'JSON' };
}

export interface Savable<A> {
  save: (handler: { save: (artifacts: A) => Promise<Saved> }) => Promise<unknown>;
}

export declare function artifactsOf<A>(model: Savable<A>): Promise<A>;

export interface Tfjs<M> {
  serialization: { SerializationMap: { getMap(): { classNameMap: Record<string, unknown> } } };
  // Methods, whose arguments are not compared: those of tfjs are narrower.
  io: { fromMemory(artifacts: unknown): unknown };
  loadLayersModel(handler: unknown): Promise<M>;
}

export declare function loadedInBundle<M>(
  tfjs: Tfjs<M>,
  model: M,
  className: string,
  bundle: { root: string; name: string; program: string },
): Promise<M>;

/** The files that a bundled program consists of. */
export declare function chunksOf(
  packageRoot: string,
  name: string,
  program: string,
): Promise<readonly { fileName: string; code: string }[]>;
