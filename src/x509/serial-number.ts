/** RFC 5280 allows 20 bytes, and certificates with more are around; beyond this it is no serial number. */
const decimal = /^-?\d{1,128}$/;

/** A decimal serial number in lower-case hex, whole bytes, as OpenSSL prints it; null where it is no decimal number. */
export function hexSerialOf(serialNumber: string | null): string | null {
  if (serialNumber === null || !decimal.test(serialNumber)) return null;
  const value = BigInt(serialNumber);
  const digits = (value < 0n ? -value : value).toString(16);
  return `${value < 0n ? '-' : ''}${digits.length % 2 === 0 ? '' : '0'}${digits}`;
}
