import { readFileSync, realpathSync, type Stats } from 'node:fs';
import { SettingsError } from '../config/settings.js';

const root = 0;
const othersBits = 0o077;
const groupMayRead = 0o040;

const mounts =
  'Kubernetes: `defaultMode: 0440` with `fsGroup`; Docker Swarm: `mode=0400,uid=<the user of this process>`';

/**
 * Null if only the owner may use the file, or it is root's and its group may read it, as Kubernetes mounts a secret for a
 * pod. Docker Swarm mounts it as root's, readable by all (0444): a warning if the mount is read-only.
 *
 * @throws SettingsError with a remedy that this user can apply
 */
export function warningOf(
  path: string,
  { mode, uid }: Pick<Stats, 'mode' | 'uid'>,
  named: string,
): string | null {
  const others = mode & othersBits;
  if (others === 0 || (uid === root && others === groupMayRead)) return null;
  const permissions = (mode & 0o777).toString(8).padStart(4, '0');
  const isReadOnly = isMountedReadOnly(realpathSync(path));
  if (uid === root && permissions === '0444' && isReadOnly) {
    return `${named}: every user of this machine may read ${path} (mode 0444). To change that: ${mounts}.`;
  }
  const isOurs = uid === process.geteuid?.();
  const cure =
    isOurs && !isReadOnly
      ? `chmod 600 ${path}`
      : `mount it so that only this process may read it. ${mounts}.`;
  throw new SettingsError([`${named}: others may use ${path} (mode ${permissions}): ${cure}`]);
}

export function notReadableByUs(path: string, code: string, named: string): SettingsError {
  const user = process.geteuid?.() ?? 'unknown';
  return new SettingsError([
    `${named}: this process (user ${user}) may not read ${path} (${code}): give the file to that user with mode 0600, or mount it for that user. ${mounts}.`,
  ]);
}

/** By what Linux says of its mounts, proc_pid_mountinfo(5). Elsewhere nothing is taken for read-only. */
function isMountedReadOnly(path: string): boolean {
  const above = mounted().filter(({ point }) => isBelow(path, point));
  const longest = Math.max(...above.map(({ point }) => point.length));
  // Of several mounts at one point the last is the one that is seen.
  return above.findLast(({ point }) => point.length === longest)?.isReadOnly ?? false;
}

function mounted(): { point: string; isReadOnly: boolean }[] {
  return mountLines().map((line) => {
    const members = line.split(' ');
    const [point = '', ofMount = ''] = members.slice(4);
    const options = [...ofMount.split(','), ...(members.at(-1) ?? '').split(',')];
    return { point: unescaped(point), isReadOnly: options.includes('ro') };
  });
}

function mountLines(): string[] {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n');
  } catch {
    return [];
  }
}

function isBelow(path: string, point: string): boolean {
  return path === point || path.startsWith(point.endsWith('/') ? point : `${point}/`);
}

/** Spaces and the like stand there in octal. */
function unescaped(point: string): string {
  return point.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}
