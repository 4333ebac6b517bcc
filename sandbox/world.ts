import { Calls } from './calls.js';
import { Clock } from './clock.js';
import { Faults } from './faults.js';
import { RateLimit } from './rate-limit.js';
import { type SandboxSettings } from './settings.js';
import { Zones } from './zones.js';

/** The whole state of the sandbox. A reset resets each part. */
export class World {
  readonly clock = new Clock();
  readonly calls = new Calls();
  readonly faults = new Faults();
  readonly rateLimit: RateLimit;
  readonly zones: Zones;

  constructor(readonly settings: SandboxSettings) {
    this.rateLimit = new RateLimit(settings.rateLimit, this.clock);
    this.zones = new Zones(settings);
  }

  reset(): void {
    for (const part of [this.clock, this.calls, this.faults, this.rateLimit, this.zones]) part.reset();
  }
}
