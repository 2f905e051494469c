/** `wanted`, or the first of `wanted_1`, `wanted_2`, ... that is not among `names`. */
export function unusedName(wanted: string, names: ReadonlySet<string>): string {
  let name = wanted;
  for (let i = 1; names.has(name); i++) name = `${wanted}_${i}`;
  return name;
}
