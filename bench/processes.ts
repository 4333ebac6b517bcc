import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const startMs = 15_000;
const stopMs = 5_000;
/** USER_HZ, the unit of the times in /proc: 100 on every Linux that Node.js is built for. */
const ticksPerSecond = 100;

export interface Program {
  readonly name: string;
  /** A script, relative to dist/bench/, or a program of the machine. */
  readonly run: { readonly script: string } | Binary;
  /** Whether `--profile` applies to it. */
  readonly isProfiled?: boolean;
  /** The whole environment of the process: no other variable reaches it. */
  readonly env: (port: number) => Readonly<Record<string, string>>;
}

export interface Binary {
  readonly file: string;
  /** The name under which it is called. */
  readonly argv0: string;
  readonly args: (port: number) => readonly string[];
}

/** The processes of one suite, each on a loopback port of its own. */
export class Processes {
  private readonly children = new Map<ChildProcess, string>();

  /**
   * @param folder their working directory, removed afterwards
   * @param profiles the folder for CPU profiles; none are made without it
   */
  constructor(
    readonly folder: string,
    private readonly signal: AbortSignal,
    private readonly profiles: string | undefined,
  ) {}

  /** Resolves when it accepts connections. */
  async start(program: Program): Promise<RunningProcess> {
    this.signal.throwIfAborted();
    const { name, env } = program;
    const port = await freePort();
    const { file, argv0, args } = this.binary(program);
    const child = spawn(file, args(port), {
      argv0,
      cwd: this.folder,
      env: { NODE_ENV: 'production', ...env(port) },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.children.set(child, name);
    child.once('error', () => this.children.delete(child));
    await this.listening(child, name, port);
    if (child.pid === undefined) throw new Error(`The ${name} did not start`);
    return new RunningProcess(child.pid, new URL(`http://127.0.0.1:${port}`));
  }

  /** Stops the processes that were started here, by pid. Resolves when all have exited. */
  async stop(): Promise<void> {
    await Promise.all([...this.children.keys()].map((child) => stop(child)));
    this.children.clear();
  }

  private binary({ run, isProfiled = false }: Program): Binary {
    if ('file' in run) return run;
    const profiling =
      isProfiled && this.profiles !== undefined ? ['--cpu-prof', `--cpu-prof-dir=${this.profiles}`] : [];
    const script = fileURLToPath(new URL(run.script, import.meta.url));
    return { file: process.execPath, argv0: process.execPath, args: () => [...profiling, script] };
  }

  private async listening(child: ChildProcess, name: string, port: number): Promise<void> {
    const deadline = Date.now() + startMs;
    while (!(await accepts(port))) {
      this.signal.throwIfAborted();
      if (hasEnded(child)) throw new Error(`The ${name} ended at its start`);
      if (Date.now() > deadline) throw new Error(`The ${name} does not listen after ${startMs} ms`);
      await sleep(50);
    }
  }
}

export class RunningProcess {
  constructor(
    private readonly pid: number,
    readonly origin: URL,
  ) {}

  /** User and system time of all its threads: `utime` and `stime` of proc(5), in steps of 10 ms. */
  cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.pid}/stat`, 'latin1');
    // The second field is the program's name in parentheses and may hold any character.
    const fromThird = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fromThird[14 - 3]) + Number(fromThird[15 - 3])) / ticksPerSecond;
  }
}

/** Sends SIGINT: after SIGTERM the gateway waits 3 s for load balancers. */
async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child) || child.pid === undefined) return;
  const exit = once(child, 'exit');
  child.kill('SIGINT');
  const kill = setTimeout(() => child.kill('SIGKILL'), stopMs);
  await exit;
  clearTimeout(kill);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
