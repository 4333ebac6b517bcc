const mostZones = 10_000;
const mostInZone = 100;

/**
 * Intents of changes that were refused because Redis did not say in time that it had met them. A Redis that hung meets them
 * when it goes on, and nobody else would end them: their zones would go without a cache until they expire.
 */
export class StrayIntents {
  private readonly zones = new Map<string, string[]>();

  add(zone: string, intent: string): void {
    const known = this.zones.get(zone) ?? [];
    this.zones.delete(zone);
    if (this.zones.size >= mostZones) this.zones.delete(this.zones.keys().next().value ?? '');
    this.zones.set(zone, [...known.slice(1 - mostInZone), intent]);
  }

  /** Those of a zone, which are the caller's to end from here on. */
  take(zone: string): readonly string[] {
    const intents = this.zones.get(zone) ?? [];
    this.zones.delete(zone);
    return intents;
  }
}
