/** The kernel's sockets: one per role, in the private `run` folder. The socket fixes the role. */
import { join } from 'node:path'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import { listen } from '../wire/socket.ts'
import type { Listener } from '../wire/socket.ts'
import type { Machine } from './machine.ts'
import type { Role } from './role.ts'

/** A connection that has not said hello by then is dropped. */
const greetingMs = 5_000
const allRoles: readonly Role[] = ['agent', 'operator', 'driver']
const maxConnections: { readonly [R in Role]: number } = { agent: 1024, operator: 64, driver: 256 }

/** Serves these roles, or says which socket could not be served. */
export async function serveSockets(
  machine: Machine,
  run: string,
  roles: readonly Role[] = allRoles,
): Promise<Result<readonly Listener[], string>> {
  const listeners: Listener[] = []
  for (const role of roles) {
    const listening = await serveRole(machine, role, join(run, `${role}.sock`))
    if (!listening.ok) return listening
    listeners.push(listening.value)
  }
  return ok(listeners)
}

async function serveRole(machine: Machine, role: Role, path: string): Promise<Result<Listener, string>> {
  const listening = await listen(
    path,
    (connection) => {
      const peer = machine.accept(role, connection.transport)
      const impatience = setTimeout(() => {
        if (peer.phase === 'greeting') peer.goodbye('slow', 'no hello came in time')
      }, greetingMs)
      connection.start(
        (bytes) => peer.receive(bytes),
        (reason) => {
          clearTimeout(impatience)
          peer.transportClosed(reason)
        },
      )
    },
    { maxConnections: maxConnections[role] },
  )
  return listening.ok ? listening : err(`${path}: ${listening.error.message}`)
}
