import { z } from 'zod';
import { addressRange, AddressRanges } from '../context/address-ranges.js';

/**
 * A setting that is a list. The message counts the items and does not quote them.
 *
 * @param read undefined for a text that is no such item
 */
function listOf<Item>(items: string, read: (text: string) => Item | undefined) {
  return z.string().transform((text, context): Item[] => {
    const found = text.split(',').map((each) => read(each.trim()));
    const wrong = found.indexOf(undefined) + 1;
    if (wrong === 0) return found as Item[];
    context.addIssue({
      code: 'custom',
      message: `must be ${items}, separated by commas: item ${wrong} is not one`,
    });
    return z.NEVER;
  });
}

/** Its value holds for canonical addresses. */
export const addressRangesSchema = listOf(
  'IP addresses and CIDR ranges, such as 10.0.0.0/8 or 2001:db8::1',
  addressRange,
).transform((ranges) => new AddressRanges(ranges));

/** Its value is a set of origins as browsers send them. */
export const originsSchema = listOf(
  'origins, such as https://app.example.com, without a path and without *',
  originOf,
).transform((origins): ReadonlySet<string> => new Set(origins));

function originOf(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url || !['http:', 'https:'].includes(url.protocol) || text.includes('*')) return undefined;
  return url.href === `${url.origin}/` ? url.origin : undefined;
}
