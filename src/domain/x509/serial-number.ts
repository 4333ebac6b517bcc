/** RFC 5280 allows 20 bytes. Some certificates have more, hence the higher limit. */
const decimal = /^-?\d{1,128}$/;

/**
 * A decimal serial number in lower-case hexadecimal with two digits a byte, as OpenSSL prints it; null if it is not
 * decimal.
 */
export function hexSerialOf(serialNumber: string | null): string | null {
  if (serialNumber === null || !decimal.test(serialNumber)) return null;
  const value = BigInt(serialNumber);
  const digits = (value < 0n ? -value : value).toString(16);
  return `${value < 0n ? '-' : ''}${digits.length % 2 === 0 ? '' : '0'}${digits}`;
}
