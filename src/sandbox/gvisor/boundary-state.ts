/**
 * What a boundary would be made of now. Between the start of a machine and its use a folder may have been replaced, a
 * secret may have come to lie in one, a socket may be listened on: then what stands is not what would be made, and must
 * not be used.
 */
import { createHash } from 'node:crypto'
import { lstatSync } from 'node:fs'
import type { Boundary } from '../boundary.ts'
import { boundSockets } from '../bubblewrap/bound-sockets.ts'
import { planLayout } from '../bubblewrap/layout.ts'

/** Equal for two boundaries that are the same, of the same files; null when it could not be brought about. */
export function boundaryState(boundary: Boundary, env: NodeJS.ProcessEnv = process.env): string | null {
  try {
    const layout = planLayout(boundary, env)
    if (!layout.ok) return null
    const shown = layout.value.map((step) => ({ ...step, thing: identity(step.path) }))
    const sockets = boundSockets(boundary).all.map((socket) => ({
      ...socket,
      thing: identity(socket.source),
    }))
    return createHash('sha256')
      .update(JSON.stringify([boundary, shown, sockets]))
      .digest('hex')
  } catch {
    return null
  }
}

/** Which thing lies there, whatever its name is. */
function identity(path: string): string {
  const found = lstatSync(path, { throwIfNoEntry: false })
  return found === undefined ? '' : `${found.dev}:${found.ino}`
}
