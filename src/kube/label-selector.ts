/**
 * Whether labels match a selector in the form of a query, as far as it consists of `key=value` and `key` alone.
 * Undefined matches everything; a selector of another form matches nothing, since only the server knows it.
 */
export function matchesSelector(selector: string | undefined, labels: Readonly<Record<string, string>>): boolean {
  if (selector === undefined || selector === "") return true;
  return selector.split(",").every((term) => matchesTerm(term.trim(), labels));
}

function matchesTerm(term: string, labels: Readonly<Record<string, string>>): boolean {
  if (/[!()\s]/.test(term)) return false;
  const [key = "", value] = term.split(/==?/);
  return value === undefined ? labels[key] !== undefined : labels[key] === value;
}
