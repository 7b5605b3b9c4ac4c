/** The rung that attacks are tried on, told where the planted state and home are. */
import { spawn } from 'node:child_process'
import { ok } from '../../../src/base/result.ts'
import type { Confiner, End } from '../../../src/sandbox/boundary.ts'
import { bubblewrapConfiner } from '../../../src/sandbox/bubblewrap/confiner.ts'
import type { AttackWorld } from './attack-world.ts'

/** A confiner of the rung of that name. */
export async function confinerOf(rung: string, world: AttackWorld): Promise<Confiner> {
  const env = {
    ...process.env,
    HOME: world.person,
    CUSTOS_HOME: world.state,
    CUSTOS_KEYS: `${world.state}/keys`,
  }
  switch (rung) {
    case 'bubblewrap':
      return bubblewrapConfiner({ env })
    case 'gvisor': {
      const { gvisorConfiner } = await import('../../../src/sandbox/gvisor/confiner.ts')
      return gvisorConfiner({ env })
    }
    case 'landlock': {
      const { landlockConfiner } = await import('../../../src/sandbox/landlock/confiner.ts')
      return landlockConfiner()
    }
    case 'none':
      return noBoundary
    default:
      throw new Error(`there is no rung ${rung}`)
  }
}

/** Starts programs as they are. */
const noBoundary: Confiner = {
  rung: 'bubblewrap',
  start({ environment, cwd }, { command, args, stdio }) {
    const child = spawn(command, args, { env: { ...environment }, cwd, stdio })
    const ended = new Promise<End>((resolve) => {
      child.once('close', (status, signal) => resolve({ status, signal, limit: '' }))
    })
    const nothing = { memoryBytes: null, cpuMicros: null, processes: null, diskBytes: null }
    return Promise.resolve(
      ok({
        rung: 'bubblewrap',
        child,
        pids: [],
        ended,
        usage: () => nothing,
        kill: () => void child.kill('SIGKILL'),
      }),
    )
  },
}
