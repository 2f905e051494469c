export declare function bundled(packageRoot: string, name: string, program: string): Promise<Record<string, unknown>>;

interface Saved {
  modelArtifactsInfo: { dateSaved: Date; modelTopologyType: 'JSON' };
}

export declare function artifactsOf<A>(model: {
  save: (handler: { save: (artifacts: A) => Promise<Saved> }) => Promise<unknown>;
}): Promise<A>;
