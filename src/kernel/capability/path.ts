/**
 * Names of files, judged as names. Only a path that is already in its one canonical spelling is accepted;
 * anything else is refused rather than repaired, because a repair here and a different repair in a driver
 * would be two different files.
 */

const forbiddenCharacter = /\p{Cc}|[~%\\]/u
/** Nearly every path there is, and canonical at first sight. */
const plainPath = /^(?:\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+$/

/** True for an absolute path with exactly one spelling: no `.`, `..`, `//`, trailing slash, `~`, `%`, backslash,
 * control character or unnormalised Unicode. */
export function isCanonicalPath(path: string): boolean {
  if (path === '/') return true
  if (!path.startsWith('/') || path.endsWith('/') || path.length > 4096) return false
  if (plainPath.test(path)) return true
  if (forbiddenCharacter.test(path) || path.normalize('NFC') !== path) return false
  return path
    .slice(1)
    .split('/')
    .every((segment) => segment !== '' && segment !== '.' && segment !== '..')
}

/** True when `path` is `root` or lies below it. Both must be canonical. */
export function isWithin(root: string, path: string): boolean {
  if (!isCanonicalPath(root) || !isCanonicalPath(path)) return false
  if (root === '/' || path === root) return true
  return path.startsWith(root) && path.charCodeAt(root.length) === 0x2f
}
