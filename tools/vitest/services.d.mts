export function hasService(name: 'redis' | 'slurm'): boolean;
