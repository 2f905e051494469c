/**
 * Runs a module in headless Chromium (SwiftShader, without a graphics card) and gives what its `run` resolves to.
 *
 * @param within The folder of a package: what the module imports is resolved there.
 * @param source The module's text; it exports `async run(settings)`.
 */
export declare function runInPage<Result>(within: string, source: string, settings: object): Promise<Result>;
