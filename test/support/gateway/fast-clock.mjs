// Loaded into a gateway by `--import`: its monotonic clock is four times as fast, so that 30 s pass in 7.5 s. Timers do not change.
const now = performance.now.bind(performance);
performance.now = () => now() * 4;
