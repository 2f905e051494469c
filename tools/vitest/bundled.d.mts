export declare function bundled(packageRoot: string, name: string, program: string): Promise<Record<string, unknown>>;

interface Saved {
  modelArtifactsInfo: { dateSaved: Date; modelTopologyType: 'JSON' };
}

export declare function artifactsOf<A>(model: {
  save: (handler: { save: (artifacts: A) => Promise<Saved> }) => Promise<unknown>;
}): Promise<A>;

interface Tfjs<M> {
  serialization: { SerializationMap: { getMap(): { classNameMap: Record<string, unknown> } } };
  io: { fromMemory(artifacts: never): unknown };
  loadLayersModel(handler: never): Promise<M>;
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
