/**
 * The way to the network for one run, kept open by the net service for as long as the run goes on. Without it there is
 * no run: a program that silently had no network would be taken for one that was refused it.
 */
import { join } from 'node:path'
import type { EgressSocket } from '../../driver/egress-client.ts'
import { openEgressSocket } from '../../driver/egress-client.ts'
import { visible } from '../escape.ts'
import { unreachableFailure, usageFailure } from '../exit.ts'
import type { HomePaths } from '../home.ts'
import { socketPathBytes } from '../home.ts'

/** An egress socket that is served. */
export interface EgressLink extends EgressSocket {
  readonly socket: string
}

/** A service that was just added needs a moment before it answers. */
const startMs = 5_000

/** Opens the socket for the process whose token it is. */
export async function openEgress({ sockets }: HomePaths, socket: string, token: string): Promise<EgressLink> {
  if (Buffer.byteLength(socket) > socketPathBytes)
    throw usageFailure(
      `the path ${socket} is too long for a unix socket`,
      'choose a home folder with a shorter path',
    )
  const opened = await openEgressSocket({ control: join(sockets, 'net.sock'), socket, token, startMs })
  if (opened.ok) return { ...opened.value, socket }
  throw unreachableFailure(
    `there is no way to the network: ${visible(opened.error)}`,
    'custos driver list says whether net is attached',
  )
}
