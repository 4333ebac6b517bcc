// Loaded into a gateway by `--import`: tells how long the longest turn of its event loop was since it was last asked, in
// all and in processor time of the thread, which other processes on the machine do not add to.
import { monitorEventLoopDelay } from 'node:perf_hooks';

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();

let before = process.threadCpuUsage();
let longestMs = 0;
setInterval(() => {
  const now = process.threadCpuUsage();
  longestMs = Math.max(longestMs, (now.user - before.user + now.system - before.system) / 1000);
  before = now;
}, 1).unref();

process.on('SIGCONT', () => {
  process.stdout.write(`${JSON.stringify({ longestTurnMs: delay.max / 1e6, processorMs: longestMs })}\n`);
  delay.reset();
  longestMs = 0;
});
