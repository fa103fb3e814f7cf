/** The same function, computed once for each key; with more than `most` of them it begins anew. */
export function memoize<K, V extends {} | null>(compute: (key: K) => V, most: number): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    // Forgetting everything is crude, but needs no bookkeeping on a hit, and hardly anybody has so many keys.
    if (known.size >= most) known.clear();
    const value = compute(key);
    known.set(key, value);
    return value;
  };
}
