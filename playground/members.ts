/** The JSON of a member of this name that holds a text or null, at any depth; undefined if there is none. */
export function memberIn(json: string, name: string): string | undefined {
  return memberOf(name).exec(json)?.[2];
}

/** The text with another value for that member. All else stays as it was typed. */
export function withMember(json: string, name: string, value: string): string {
  return json.replace(memberOf(name), (_member, before: string) => before + value);
}

function memberOf(name: string): RegExp {
  return new RegExp(`("${name}"\\s*:\\s*)("(?:[^"\\\\]|\\\\.)*"|null)`);
}
