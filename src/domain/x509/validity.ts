const dayMs = 24 * 60 * 60 * 1000;

/** A certificate with less time left is about to expire. */
export const expiresSoonMs = 14 * dayMs;

export const validityStates = ['VALID', 'EXPIRES_SOON', 'EXPIRED', 'NOT_YET_VALID'] as const;
export type ValidityState = (typeof validityStates)[number];

/** Whole days until a time; less than 0 after it. */
export function daysUntil(time: Date, now: Date): number {
  return Math.floor((time.getTime() - now.getTime()) / dayMs);
}

/** @param notBefore null if it is not known */
export function validityState(notBefore: Date | null, notAfter: Date, now: Date): ValidityState {
  if (now > notAfter) return 'EXPIRED';
  if (notBefore && now < notBefore) return 'NOT_YET_VALID';
  return notAfter.getTime() - now.getTime() < expiresSoonMs ? 'EXPIRES_SOON' : 'VALID';
}
