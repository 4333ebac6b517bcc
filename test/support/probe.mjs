// Loaded into a gateway by `--import`: tells how long the longest turn of its event loop was since it was last asked.
import { monitorEventLoopDelay } from 'node:perf_hooks';

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();

process.on('SIGUSR2', () => {
  process.stdout.write(`${JSON.stringify({ longestTurnMs: delay.max / 1e6 })}\n`);
  delay.reset();
});
