import { type ChildProcess, spawn } from 'node:child_process';

/** Reads until its pipe closes, which the kernel sees to whatever this process dies of; Ctrl-C is not meant for it. */
const watch = `trap '' INT TERM HUP; read -r _; kill -KILL "$0"`;

/**
 * A child that may not outlive this process: not where a suite fails half way, and not where the process is killed, of
 * which it hears nothing itself.
 */
export function endsWithUs<Child extends ChildProcess>(child: Child): Child {
  if (child.pid === undefined) return child;
  const watcher = spawn('sh', ['-c', watch, String(child.pid)], { stdio: ['pipe', 'ignore', 'ignore'] });
  // Its number may be somebody else's soon.
  child.once('exit', () => watcher.kill('SIGKILL'));
  watcher.unref();
  (watcher.stdin as unknown as { unref(): void }).unref();
  return child;
}
