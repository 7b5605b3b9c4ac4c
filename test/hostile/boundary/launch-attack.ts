/** One attack, carried out inside a boundary, and judged by what it says and by what is to be seen outside. */
import { ftruncateSync } from 'node:fs'
import type { Boundary, Confiner } from '../../../src/sandbox/boundary.ts'
import type { Attack } from './attack.ts'
import type { AttackWorld } from './attack-world.ts'
import { canary } from './attack-world.ts'
import { prelude } from './prelude.ts'

/** What came of an attack. */
export interface AttackResult {
  /** What harm was done, or null. */
  readonly harm: string | null
  /** Why it could not even be tried, or null. */
  readonly obstacle: string | null
  readonly output: string
}

const longestMs = 300_000
const mostOutput = 65_536

/** Carries out one attack. */
export async function launchAttack(
  attack: Attack,
  { world, confiner, isLoosened }: { world: AttackWorld; confiner: Confiner; isLoosened: boolean },
): Promise<AttackResult> {
  const usual = usualBoundary(world, confiner.rung)
  const shaped = attack.boundary?.(usual, world) ?? usual
  const wanted = (isLoosened ? attack.loosened?.(shaped, world) : null) ?? shaped
  const boundary = confiner.rung === 'landlock' ? withoutViews(wanted) : wanted
  const args = ['-e', `${prelude}${attack.perl}`]
  const started = await confiner.start(boundary, {
    command: '/usr/bin/perl',
    args,
    stdio: ['ignore', 'pipe', attack.isLogged === true ? 'inherit' : 'pipe'],
  })
  if (!started.ok) return { harm: null, obstacle: started.error, output: '' }
  let output = ''
  for (const stream of [started.value.child.stdout, started.value.child.stderr]) {
    stream?.on('data', (chunk: Uint8Array) => {
      output = (output + Buffer.from(chunk).toString('latin1')).slice(0, mostOutput)
    })
  }
  const timer = setTimeout(() => started.value.kill(), longestMs)
  await started.value.ended
  clearTimeout(timer)
  if (attack.isLogged === true) ftruncateSync(2, 0)
  const said = /^HARM.*$/m.exec(output)?.[0] ?? (output.includes(canary) ? 'a canary came out' : null)
  const outside = (await attack.harmOutside?.(world)) ?? null
  // An attack that never began proves nothing.
  const obstacle = output.includes('RAN\n') ? null : 'the program did not run'
  return { harm: said ?? outside, obstacle, output: output.slice(0, 400) }
}

/** What an attack's program has, unless the attack says otherwise. */
export function usualBoundary(world: AttackWorld, rung: string): Boundary {
  return {
    readable: ['/'],
    writable: [],
    views: [{ path: world.folder, store: world.store }],
    hidden: [],
    environment: { PATH: '/usr/bin:/bin', HOME: world.person, ...world.environment(), A_RUNG: rung },
    cwd: world.folder,
    sockets: {},
    limits: {
      memoryMiB: 256,
      processes: 64,
      openFiles: 256,
      cpuPercent: null,
      cpuSeconds: 10,
      diskMiB: 48,
      fileMiB: 64,
      wallMs: 20_000,
    },
    terminal: 'none',
  }
}

/** Where there are no mounts of one's own there are no views: the folder is written in place. */
function withoutViews(boundary: Boundary): Boundary {
  const paths = boundary.views.map(({ path }) => path)
  return { ...boundary, views: [], writable: [...boundary.writable, ...paths] }
}
