/** Every attack on a boundary. */
import type { AttackFamily } from './attack.ts'
import { files } from './attacks/files.ts'
import { kernel } from './attacks/kernel.ts'
import { network } from './attacks/network.ts'
import { nesting } from './attacks/nesting.ts'
import { privileges } from './attacks/privileges.ts'
import { processes } from './attacks/processes.ts'
import { queuesAndMemory } from './attacks/queues-and-memory.ts'
import { bombs, terminal } from './attacks/terminal-and-bombs.ts'
import { views } from './attacks/views.ts'

/** The families, in the order in which they are tried. */
export const attackFamilies: readonly AttackFamily[] = [
  files,
  views,
  nesting,
  processes,
  queuesAndMemory,
  privileges,
  network,
  kernel,
  terminal,
  bombs,
]
