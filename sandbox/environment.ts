type Environment = Record<string, string | undefined>;

const quote = /^["'`\u2018\u2019\u201C\u201D]|["'`\u2018\u2019\u201C\u201D]$/;
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
/** What Kubernetes gives every pod for each Service of its namespace, as `<NAME>_PORT`. */
const serviceLink = /^(?:tcp|udp|sctp):\/\//i;
/** What Kubernetes and Docker set beside it. */
const linkNames = /^SANDBOX_(?:SERVICE_|PORT_|NAME$|ENV_)/;

/**
 * A variable as it was meant: secrets and files end with a newline, editors begin with a byte order mark. Undefined where
 * nothing is left of it: Compose and CI hand an unset variable on as an empty one.
 */
export function valueOf(environment: Environment, name: string): string | undefined {
  const text = (environment[name] ?? '').replace(/^[\s\p{Cc}\p{Cf}]+|[\s\p{Cc}\p{Cf}]+$/gu, '');
  return text === '' ? undefined : text;
}

/** What is wrong with a value whatever it is for; null where it may be used. */
export function problemOf(name: string, text: string): string | null {
  if (invisible.test(text)) return 'holds a character that is not shown: remove it';
  if (quote.test(text)) return 'has a quote at its beginning or end: remove it';
  if (name.endsWith('_PORT') && serviceLink.test(text)) {
    return 'holds what Kubernetes sets for a Service of that name: set enableServiceLinks: false for the pod, or set a port number';
  }
  return null;
}

/** The variables that are named as the sandbox's settings are, and are none: they are not read. */
export function unknownNames(environment: Environment, settings: readonly string[]): string[] {
  return Object.keys(environment).filter(
    (name) => name.startsWith('SANDBOX_') && !settings.includes(name) && !linkNames.test(name),
  );
}
