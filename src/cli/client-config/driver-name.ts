/**
 * Names for imported drivers. Clients allow almost anything; drivers are lower case, digits, `.`, `_` and
 * `-`. Two underscores are kept out, because they separate driver and tool in what a client sees.
 */

const maxLength = 64

/** The nearest valid name; `server` when nothing is left of it. */
export function driverNameFrom(name: string): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/_{2,}/g, '_')
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')
    .slice(0, maxLength)
  return plain === '' ? 'server' : plain
}

/** `name`, or `name-2`, `name-3`, …: the first that is not taken. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name
  for (let number = 2; ; number += 1) {
    const suffix = `-${number}`
    const candidate = `${name.slice(0, maxLength - suffix.length)}${suffix}`
    if (!taken.has(candidate)) return candidate
  }
}
