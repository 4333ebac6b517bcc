import { isZoneId } from './identifiers.js';
import { seededZones } from './seed.js';
import { type SandboxSettings } from './settings.js';
import { Zone } from './zone.js';

export class Zones {
  #byId: Map<string, Zone>;

  constructor(private readonly settings: SandboxSettings) {
    this.#byId = seededZones(settings);
  }

  find(id: string): Zone | undefined {
    const known = this.#byId.get(id);
    if (known !== undefined || !this.settings.anyZone || !isZoneId(id)) return known;
    const zone = new Zone(this.settings);
    this.#byId.set(id, zone);
    return zone;
  }

  reset(): void {
    this.#byId = seededZones(this.settings);
  }
}
