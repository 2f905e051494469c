/**
 * Runs a program, as a file of the package, in a heap of so many megabytes.
 *
 * @returns What it prints last, as JSON.
 */
export declare function inSmallHeap<Found>(packageRoot: string, heapMB: number, program: string): Promise<Found>;
