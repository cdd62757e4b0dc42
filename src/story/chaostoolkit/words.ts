/**
 * The words of an experiment's activities: `${name}` stands for a configuration or a secret. What is a constant becomes one here;
 * what comes from the environment stays there, as a reference of a shell, so that no secret gets into a story. Pure.
 */

/** A constant, or the environment variable that holds it. */
export type Variable = { value: string } | { env: string; default: string | null };

export type Variables = ReadonlyMap<string, Variable>;

/** What a `${name}` is made of: the text around it, and the variables in it. */
type Piece = string | Exclude<Variable, { value: string }>;

export class UnknownVariable extends Error {}

/** Throws UnknownVariable. */
function pieces(text: string, variables: Variables): Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(/\$\{([^{}]+)\}/g)) {
    const name = (match[1] as string).trim();
    const variable = variables.get(name);
    if (!variable) throw new UnknownVariable(name);
    found.push(text.slice(from, match.index), 'value' in variable ? variable.value : variable);
    from = match.index + match[0].length;
  }
  return [...found, text.slice(from)].filter((piece) => piece !== '');
}

/** The text with every variable in it; null: one of them stays in the environment. */
export function constant(text: string, variables: Variables): string | null {
  const found = pieces(text, variables);
  return found.every((piece) => typeof piece === 'string') ? found.join('') : null;
}

/** As one word of a shell. */
export function shellWord(text: string, variables: Variables): string {
  const found = pieces(text, variables);
  if (found.length === 0) return "''";
  return found
    .map((piece) => {
      if (typeof piece === 'string') return quoted(piece);
      const { env, default: otherwise } = piece;
      // Within double quotes a default is quoted by backslashes.
      const fallback = otherwise === null ? '' : `-${otherwise.replaceAll(/[\\"$`}]/g, '\\$&')}`;
      return `"\${${env}${fallback}}"`;
    })
    .join('');
}

/** As a shell takes it, with quotes only where it needs them. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Configuration and secrets as variables. `notes`: what whoever plays the story has to know. */
export function variablesOf(
  configuration: Record<string, unknown>,
  secrets: Record<string, Record<string, unknown>>,
): { variables: Variables; notes: string[] } {
  const variables = new Map<string, Variable>();
  const notes: string[] = [];
  for (const [name, value] of Object.entries(configuration))
    variables.set(name, variableOf(name, value, notes) ?? { value: String(value) });
  for (const [name, value] of Object.values(secrets).flatMap((each) => Object.entries(each))) {
    const found = variableOf(name, value, notes);
    if (!found)
      notes.push(`The secret ${name} is not copied: set ${envName(name)} in the environment.`);
    variables.set(name, found ?? { env: envName(name), default: null });
  }
  return { variables, notes };
}

/** Null: a constant. */
function variableOf(name: string, value: unknown, notes: string[]): Variable | null {
  if (typeof value !== 'object' || value === null || !('type' in value)) return null;
  const { type, key, default: otherwise = null } = value as Record<string, unknown>;
  if (type === 'env' && typeof key === 'string')
    return { env: key, default: otherwise === null ? null : String(otherwise) };
  notes.push(`${name} comes from ${String(type)} there: set ${envName(name)} in the environment.`);
  return { env: envName(name), default: null };
}

function envName(name: string): string {
  return name
    .toUpperCase()
    .replaceAll(/[^A-Z0-9_]/g, '_')
    .replace(/^(?=\d)/, '_');
}
