const QUANTITY = /^([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)(m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi|E|Ei|[eE][+-]?\d+)?$/;

const FACTORS: Readonly<Record<string, number>> = {
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** Whether two Kubernetes quantities, such as 1000m and 1, are the same amount; texts that are none must be equal. */
export function isSameQuantity(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  const [left, right] = [amountOf(a), amountOf(b)];
  return left !== undefined && right !== undefined && Math.abs(left - right) <= Math.abs(left) * 1e-12;
}

function amountOf(quantity: unknown): number | undefined {
  if (typeof quantity !== "string" && typeof quantity !== "number") return undefined;
  const match = QUANTITY.exec(String(quantity));
  if (match === null) return undefined;
  const [, digits = "", suffix = ""] = match;
  return suffix.length > 1 && /^[eE]/.test(suffix) && !(suffix in FACTORS)
    ? Number(digits + suffix)
    : Number(digits) * (FACTORS[suffix] ?? 1);
}
