import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, openSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Cores } from './cores.js';
import { RunningProcess } from './running-process.js';
import { sources } from './sources.js';

const startMs = 60_000;
const stopMs = 5_000;

export interface Program {
  readonly name: string;
  readonly core: keyof Cores;
  readonly run: Script | Binary;
  /** The environment of the process: no other variable reaches it. */
  readonly env?: (port: number) => Readonly<Record<string, string>>;
  /** A file in its working directory that takes its standard output; nothing takes it by default. */
  readonly stdout?: string;
}

interface Script {
  /** Relative to dist/bench/, or to bench/ for what is not compiled. */
  readonly script: string;
  readonly from?: 'dist' | 'sources';
  /** Of Node.js. */
  readonly options?: readonly string[];
  /** Whether `--profile` applies to it. */
  readonly isProfiled?: boolean;
}

interface Binary {
  readonly file: string;
  /** The name under which it is called. */
  readonly argv0?: string;
  readonly args: (port: number, folder: string) => readonly string[];
}

/** The processes of one suite, each with a loopback port and a working directory of its own. */
export class Processes {
  private readonly children: ChildProcess[] = [];
  private isStopped = false;

  /**
   * @param folder removed afterwards
   * @param profiles the folder for CPU profiles; none are made without it
   */
  constructor(
    readonly folder: string,
    readonly signal: AbortSignal,
    private readonly cores: Cores,
    private readonly profiles: string | undefined,
  ) {}

  /** Resolves when it accepts connections. */
  async start(program: Program): Promise<RunningProcess> {
    this.signal.throwIfAborted();
    const { name, core, run, env, stdout } = program;
    const port = await freePort();
    if (this.isStopped) throw new Error(`The ${name} is not needed any more`);
    const cwd = join(this.folder, `${port}`);
    mkdirSync(cwd, { recursive: true });
    const [file, ...args] = 'file' in run ? [run.file, ...run.args(port, cwd)] : this.node(run);
    // This process is on the core of the load, and so is what it starts. A measured process starts faster on both.
    const both = ['-c', `${this.cores.measured},${this.cores.load}`, file, ...args];
    const [command, given] = core === 'load' ? [file, args] : ['taskset', both];
    const child = spawn(command, given, {
      cwd,
      ...('file' in run && run.argv0 !== undefined && { argv0: run.argv0 }),
      env: { PATH: process.env['PATH'], NODE_ENV: 'production', ...env?.(port) },
      stdio: ['ignore', stdout === undefined ? 'ignore' : openSync(join(cwd, stdout), 'w'), 'inherit'],
    });
    this.children.push(child);
    child.once('exit', (code, signal) => {
      if (!this.isStopped) console.error(`The ${name} ended by itself: ${signal ?? code}`);
    });
    const failed = once(child, 'error').then(([error]) => {
      throw new Error(`The ${name} did not start`, { cause: error });
    });
    await Promise.race([this.listening(child, name, port), failed]);
    const running = new RunningProcess(child.pid as number, new URL(`http://127.0.0.1:${port}`));
    if (core === 'measured') running.moveTo(this.cores.measured);
    return running;
  }

  /** Stops the processes that were started here, by pid. Resolves when all have exited. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await Promise.all(this.children.splice(0).map((child) => stop(child)));
  }

  private node({ script, from = 'dist', options = [], isProfiled = false }: Script): [string, ...string[]] {
    const base = from === 'dist' ? new URL('../', import.meta.url) : sources;
    const profiling =
      isProfiled && this.profiles !== undefined ? ['--cpu-prof', `--cpu-prof-dir=${this.profiles}`] : [];
    return [process.execPath, ...options, ...profiling, fileURLToPath(new URL(script, base))];
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

/** Below the ports that Linux gives to clients and to servers without a port of their own, which may take it meanwhile. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000);
    const server = createServer();
    const isFree = new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!(await isFree)) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
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
