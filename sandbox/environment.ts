type Environment = Record<string, string | undefined>;

const quote = /^["'`\u2018\u2019\u201C\u201D]|["'`\u2018\u2019\u201C\u201D]$/;
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
/** The value that Kubernetes sets as `<NAME>_PORT` in every pod, for each Service of its namespace. */
const serviceLink = /^(?:tcp|udp|sctp):\/\//i;
/** The other variables that Kubernetes and Docker set for a Service. */
const linkNames = /^SANDBOX_(?:SERVICE_|PORT_|NAME$|ENV_)/;

/**
 * The value without white space and invisible characters at its ends: secrets and files end with a newline, editors begin
 * files with a byte order mark. Undefined if it is empty: Compose and CI pass an unset variable as an empty one.
 */
export function valueOf(environment: Environment, name: string): string | undefined {
  const text = (environment[name] ?? '').replace(/^[\s\p{Cc}\p{Cf}]+|[\s\p{Cc}\p{Cf}]+$/gu, '');
  return text === '' ? undefined : text;
}

/** What is wrong with a value of any setting; null for nothing. */
export function problemOf(name: string, text: string): string | null {
  if (invisible.test(text)) return 'holds a character that is not shown: remove it';
  if (quote.test(text)) return 'has a quote at its beginning or end: remove it';
  if (name.endsWith('_PORT') && serviceLink.test(text)) {
    return 'holds what Kubernetes sets for a Service of that name: set enableServiceLinks: false for the pod, or set a port number';
  }
  return null;
}

/** The variables whose names begin like those of settings but are not settings. They are not read. */
export function unknownNames(environment: Environment, settings: readonly string[]): string[] {
  return Object.keys(environment).filter(
    (name) => name.startsWith('SANDBOX_') && !settings.includes(name) && !linkNames.test(name),
  );
}
