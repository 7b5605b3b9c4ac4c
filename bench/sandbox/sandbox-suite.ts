/**
 * What a boundary costs: its start, a governed call out of it, an ordinary program in it, the review of what it
 * changed, and the agents that need no program at all. Each part sets itself up when it is its turn.
 */
import { probeLadder } from '../../src/sandbox/ladder.ts'
import type { OpenSuite, Suite } from '../measure/contest.ts'
import { openChangeSet } from './change-set.ts'
import { openGatedCall } from './gated-call.ts'
import { openNpmInstall } from './npm-install.ts'
import { openQuickJsAgents } from './quickjs-agent.ts'
import { openStarts } from './starts.ts'

/** The suite named `sandbox`. */
export const sandboxSuite: Suite = { name: 'sandbox', open: openSandboxSuite }

async function openSandboxSuite(sliceMs: number, isOnline: boolean): Promise<OpenSuite> {
  const { ladder } = await probeLadder({})
  const here = ladder.filter(({ available }) => available).map(({ rung }) => rung)
  for (const { rung, detail } of ladder.filter(({ available }) => !available))
    process.stderr.write(`bench: no ${rung} here: ${detail}\n`)
  const parts = [await openStarts(here, sliceMs), openQuickJsAgents(here, sliceMs)]
  if (here.includes('bubblewrap')) {
    parts.push(await openGatedCall(sliceMs), await openChangeSet())
    parts.push(await openNpmInstall(isOnline))
  }
  return {
    contests: parts.flatMap(({ contests }) => contests),
    async close() {
      for (const part of parts) await part.close()
    },
  }
}
