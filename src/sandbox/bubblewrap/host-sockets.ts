/**
 * Sockets in the file system that somebody listens on. A boundary has a network of its own, but a socket with a path
 * is reached through the file system, and no mount option makes it unreachable. So those that would be seen are
 * covered. One that is made later, in a folder that is shown and not viewed, is not found here.
 */
import { readFileSync } from 'node:fs'

const mostBytes = 4_194_304

/** Absolute paths by which the sockets that exist now were made; not necessarily canonical, or still there. */
export function hostSockets(): readonly string[] {
  let table = ''
  try {
    table = readFileSync('/proc/net/unix', 'utf8').slice(0, mostBytes)
  } catch {
    return []
  }
  const named = table.split('\n').flatMap((line) => /\s(?<path>\/.*)$/.exec(line)?.groups?.['path'] ?? [])
  return [...new Set(named)]
}
