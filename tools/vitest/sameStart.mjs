// Before every file of tests in a process that several share: tfjs is on the backend that it begins on in Node,
// whatever the file before has chosen. tfjs keeps its engine on globalThis, from the first import of it on.

/** @type {{ registryFactory: object, setBackend(name: string): Promise<boolean> } | undefined} */
const engine = Reflect.get(globalThis, '_tfengine');
if (engine !== undefined && 'cpu' in engine.registryFactory) await engine.setBackend('cpu');
