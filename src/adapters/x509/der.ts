/** The little of ASN.1 DER (X.690) that an X.509 certificate needs; Node makes keys and signatures but no certificates. */

const tagged = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), lengthOf(body), body]);
};

function lengthOf(body: Buffer): Buffer {
  if (body.length < 0x80) return Buffer.from([body.length]);
  const hex = body.length.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}

/** The DER encodings, by the ASN.1 type's name. */
export const der = {
  sequence: (...parts: readonly Uint8Array[]) => tagged(0x30, ...parts),
  set: (...parts: readonly Uint8Array[]) => tagged(0x31, ...parts),
  /** A non-negative integer from its big-endian bytes. */
  integer: (bytes: Uint8Array) => tagged(0x02, ...((bytes[0] ?? 0) >= 0x80 ? [Buffer.from([0])] : []), bytes),
  boolean: (value: boolean) => tagged(0x01, Buffer.from([value ? 0xff : 0])),
  octets: (body: Uint8Array) => tagged(0x04, body),
  /** A bit string whose last `unused` bits do not count. */
  bits: (body: Uint8Array, unused = 0) => tagged(0x03, Buffer.from([unused]), body),
  text: (value: string) => tagged(0x0c, Buffer.from(value, "utf8")),
  /** To the second: a UTCTime up to 2049, and from then on a GeneralizedTime (RFC 5280 4.1.2.5). */
  time: (at: Date) => {
    const text = `${at.toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`;
    return at.getUTCFullYear() < 2050 ? tagged(0x17, Buffer.from(text.slice(2))) : tagged(0x18, Buffer.from(text));
  },
  oid: (dotted: string) => tagged(0x06, oidBody(dotted)),
  /** Context tag `[number]`, explicit: wraps a whole value. */
  explicit: (number: number, part: Uint8Array) => tagged(0xa0 | number, part),
  /** Context tag `[number]`, implicit and primitive: replaces the value's own tag. */
  implicit: (number: number, body: Uint8Array) => tagged(0x80 | number, body),
} as const;

function oidBody(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return Buffer.from([first * 40 + second, ...rest.flatMap(base128)]);
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let left = value >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80);
  return digits;
}
