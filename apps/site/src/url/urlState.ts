/**
 * What a pane shows, in the address of the page: who is sent the address sees the same.
 */

/** A number between two others; `initial` stands for what the address does not say. */
export interface NumberField {
  readonly initial: number;
  readonly low: number;
  readonly high: number;
  readonly step: number;
}

/** A number, or one of a list. */
export type Field = NumberField | { readonly initial: string; readonly oneOf: readonly string[] };

/** The values of a table of fields. */
export type StateOf<F extends Record<string, Field>> = {
  -readonly [K in keyof F]: F[K] extends { oneOf: readonly (infer Name)[] } ? Name : number;
};

/** Reads a query. What is no number, is outside its range or not on its list counts as not said. */
export function readState<F extends Record<string, Field>>(fields: F, query: string): StateOf<F> {
  const said = new URLSearchParams(query);
  const entries = Object.entries(fields).map(([name, field]) => [name, read(field, said.get(name))]);
  return Object.fromEntries(entries) as StateOf<F>;
}

/** The query that says a state: what is as it would be without is left out. */
export function writeState<F extends Record<string, Field>>(fields: F, state: StateOf<F>): string {
  const said = new URLSearchParams();
  for (const [name, field] of Object.entries(fields)) {
    const value = state[name];
    if (value !== field.initial) said.set(name, 'oneOf' in field ? String(value) : shortest(Number(value), field.step));
  }
  const query = said.toString();
  return query === '' ? '' : `?${query}`;
}

function read(field: Field, text: string | null): string | number {
  if ('oneOf' in field) return text !== null && field.oneOf.includes(text) ? text : field.initial;
  const value = text === null || text.trim() === '' ? NaN : Number(text);
  return value >= field.low && value <= field.high ? value : field.initial;
}

/** As many decimals as the step has. */
function shortest(value: number, step: number): string {
  return String(Number(value.toFixed(Math.max(0, Math.ceil(-Math.log10(step))))));
}
