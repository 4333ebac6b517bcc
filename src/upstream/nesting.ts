const quote = 0x22;
const backslash = 0x5c;

/** Whether a JSON text has more levels than that. Parsing has no limit of its own; what walks the value by recursion has. */
export function isNestedDeeperThan(levels: number, json: Buffer): boolean {
  let level = 0;
  let isInText = false;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at] ?? 0;
    if (byte === quote) isInText = !isInText;
    else if (isInText) at += byte === backslash ? 1 : 0;
    else if (byte === 0x5b || byte === 0x7b) level += 1;
    else if (byte === 0x5d || byte === 0x7d) level -= 1;
    if (level > levels) return true;
  }
  return false;
}
