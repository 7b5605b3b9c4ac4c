/**
 * The two sockets that lead out of a boundary, and where a program inside finds them.
 */
import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Boundary } from '../boundary.ts'
import { agentSocketPath } from './environment.ts'
import { ownFolder } from './layout.ts'

/** A socket of the host, or its folder, and its path inside. */
export interface BoundSocket {
  readonly source: string
  readonly path: string
  /** What a program connects to. */
  readonly address: string
}

/** The sockets of one boundary. */
export interface BoundSockets {
  readonly egress: BoundSocket | null
  readonly all: readonly BoundSocket[]
}

/**
 * The egress socket comes with its folder if it has one to itself, so that a proxy that was started again is found
 * at the same path. The kernel's lies among others and comes alone. Throws when the folder cannot be listed.
 */
export function boundSockets({ sockets: { egress, agent } }: Boundary): BoundSockets {
  const way = egress === undefined ? null : wayOut(egress)
  const kernel =
    agent === undefined ? [] : [{ source: agent, path: agentSocketPath, address: agentSocketPath }]
  return { egress: way, all: way === null ? kernel : [way, ...kernel] }
}

function wayOut(egress: string): BoundSocket {
  const [folder, name] = [dirname(egress), basename(egress)]
  const path = join(ownFolder, 'egress')
  const isAlone = readdirSync(folder).every((other) => other === name)
  return isAlone
    ? { source: folder, path, address: join(path, name) }
    : { source: egress, path, address: path }
}
