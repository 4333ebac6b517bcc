const mostZones = 10_000;
const mostInZone = 100;

/**
 * Intents that Redis may have stored although their changes were refused, because its reply was late. A server that hung may
 * store them when it continues. Nothing else ends them, and until they expire their zones are not cached.
 */
export class OrphanedIntents {
  private readonly zones = new Map<string, string[]>();

  add(zone: string, intent: string): void {
    const known = this.zones.get(zone) ?? [];
    this.zones.delete(zone);
    if (this.zones.size >= mostZones) this.zones.delete(this.zones.keys().next().value ?? '');
    this.zones.set(zone, [...known.slice(1 - mostInZone), intent]);
  }

  /** Removes and returns the intents of a zone; the caller ends them. */
  take(zone: string): readonly string[] {
    const intents = this.zones.get(zone) ?? [];
    this.zones.delete(zone);
    return intents;
  }
}
