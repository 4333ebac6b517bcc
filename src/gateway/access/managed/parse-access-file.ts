import { type z } from 'zod';
import { SettingsError } from '../../../platform/config/settings.js';
import { type AccessFile, accessFileSchema } from './access-file.js';
import { contradictions } from './contradictions.js';

/** @throws SettingsError with every problem, each by its place in the file. It quotes no value. */
export function parseAccessFile(path: string, text: string): AccessFile {
  const fail = (problems: readonly string[]): never => {
    throw new SettingsError(problems.map((problem) => `ACCESS_FILE: ${path}: ${problem}`));
  };
  if (text.trim() === '') return fail(['is empty: docs/access.md shows one']);
  const json = jsonIn(text) ?? fail(['is not JSON']);
  const dropped = placesOfPrototype(json).map((place) => `${place}must not be given: it would be ignored`);
  if (dropped.length > 0) return fail(dropped);
  const { data, error } = accessFileSchema.safeParse(json, { reportInput: true });
  if (error) return fail(problemsIn(error.issues));
  const problems = contradictions(data);
  return problems.length > 0 ? fail(problems) : data;
}

/** Undefined if it is not JSON. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A grant has one of two forms, so that its own problems stand inside of one issue: those of the form that it is nearer to. */
function problemsIn(issues: readonly z.core.$ZodIssue[], above: readonly PropertyKey[] = []): string[] {
  return issues.flatMap((issue) => {
    const path = [...above, ...issue.path];
    if (
      issue.code === 'invalid_union' &&
      issue.errors.length > 0 &&
      path[0] === 'grants' &&
      path.length === 2
    ) {
      const [nearest = []] = [...issue.errors].sort((one, other) => one.length - other.length);
      return problemsIn(nearest, path);
    }
    return [`${placeOf(path)}${messageOf(issue)}`];
  });
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys')
    return `has no member ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}`;
  if (issue.code === 'invalid_type' && issue.input === undefined) return `must be given (${issue.expected})`;
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => message).join(', ');
  return issue.message;
}

/** Where a member is called `__proto__`. The check of the file would leave it out: of a claim, that would grant to every token. */
function placesOfPrototype(value: unknown, above: readonly PropertyKey[] = []): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const path = [...above, Array.isArray(value) ? Number(key) : key];
    return [...(key === '__proto__' ? [placeOf(path)] : []), ...placesOfPrototype(member, path)];
  });
}

/** As `grants[0].zones[1]: `; empty for the whole file. */
function placeOf(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return text === '' ? '' : `${text.replace(/^\./, '')}: `;
}
