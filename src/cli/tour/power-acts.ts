/**
 * The second half of the tour: a revocation that cuts a call in flight, and a halt that asks nobody.
 */
import { rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CapabilityId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import { mainDomain } from '../../wire/socket-folder.ts'
import { pause, reconnectKernel } from '../boot.ts'
import { governing } from '../home.ts'
import { numberOf } from '../kernel-client.ts'
import { askSupervisor } from '../supervisor-client.ts'
import { answered, showRefusal } from './gate-acts.ts'
import type { Stage } from './stage.ts'
import { order, say, show, signerFor } from './stage.ts'
import { expect } from './tour-failure.ts'
import { userName } from '../user-name.ts'

const readFile = 'tools/read_text_file'
const listFolder = 'tools/list_directory'
/** How long the driver gets to really be inside the read before it is cut. */
const settleMs = 300
/** A hole of this size takes no space, and longer to read than any tour. */
const hugeBytes = 2 ** 38

/** Revokes the capability that a read in flight depends on. */
export async function revocationCuts(stage: Stage, capability: number): Promise<void> {
  await say(
    stage,
    '\n5. A revocation that cuts a call in flight. The agent reads the first line of a file of 256 GiB without one.',
  )
  const huge = join(stage.setting.folder, 'huge')
  writeFileSync(huge, '')
  truncateSync(huge, hugeBytes)
  try {
    const task = stage.agent.ask('tour-files', readFile, { path: huge, head: 1 })
    const admitted = await stage.evidence.find(
      'call.admitted',
      'the endless read admitted',
      ({ body }) => body.selector === readFile,
    )
    await show(stage, admitted)
    await pause(settleMs)
    const made = await order(stage, { do: 'capability.revoke', capability: id<CapabilityId>(capability) })
    const seq = numberOf(made, 'seq')
    const revoked = await stage.evidence.find(
      'capability.revoked',
      'the revocation',
      (event) => event.seq === seq,
    )
    await show(stage, revoked)
    const { call } = admitted.body
    expect(revoked.body.cut.includes(call), `the revocation to cut call ${call}`)
    const settled = await stage.evidence.find(
      'call.settled',
      'the read cut',
      ({ body }) => body.call === call,
    )
    expect(settled.body.outcome === 'cancelled', `the read to be cancelled, not ${settled.body.outcome}`)
    await show(stage, settled)
    const answer = answered(await task.heard)
    expect(
      answer.ok && answer.outcome === 'cancelled',
      `the agent to hear "cancelled", not ${JSON.stringify(answer)}`,
    )
  } finally {
    // The server comes to the end of the file, and with that back from its read.
    truncateSync(huge)
    rmSync(huge)
  }
  const notes = join(stage.setting.folder, 'notes.txt')
  await say(stage, '   The same agent, the same file as in step 1, once more:')
  await showRefusal(
    stage,
    answered(await stage.agent.ask('tour-files', readFile, { path: notes }).heard),
    'revoked',
  )
}

/** Halts everything, shows that nothing moves, and resumes. */
export async function haltAndResume(stage: Stage): Promise<void> {
  const { context, evidence } = stage
  await say(
    stage,
    '\n6. A halt. The supervisor kills every driver without asking anybody; the kernel boots halted.',
  )
  stage.kernel.close()
  const { header } = await askSupervisor(context.paths, {
    op: 'halt',
    by: userName(),
    reason: 'shown in the tour',
  })
  await say(
    stage,
    `    the supervisor killed ${numberOf(header, 'killed')} units in ${(numberOf(header, 'tookMicros') / 1000).toFixed(1)} ms`,
  )
  stage.kernel = await reconnectKernel(context.paths)
  await show(stage, await evidence.find('domain.halted', 'the halt'))
  await showRefusal(stage, answered(await listing(stage)), 'halted')
  await say(stage, '   Only a signed order ends it:')
  await resumeSovereign(stage)
  const seq = numberOf(await order(stage, { do: 'domain.resume' }), 'seq')
  await show(stage, await evidence.find('domain.resumed', 'the resume', (event) => event.seq === seq))
  const { files } = stage.setting
  await show(
    stage,
    await evidence.find('driver.attached', 'the files driver back', ({ body }) => body.driver === files),
  )
  const answer = answered(await listing(stage))
  expect(answer.ok && answer.outcome === 'done', `the agent to act again, not ${JSON.stringify(answer)}`)
  await show(
    stage,
    await evidence.find('call.settled', 'the listing done', (event) => event.seq === answer.seq),
  )
}

/** The sovereign's kernel, which was halted with everything, lets go first. */
async function resumeSovereign({ context, signer }: Stage): Promise<void> {
  const paths = governing(context.paths)
  if (paths.domainName === mainDomain) return
  const kernel = await reconnectKernel(paths)
  try {
    await order({ kernel, signer: await signerFor(kernel, signer.key) }, { do: 'domain.resume' })
  } finally {
    kernel.close()
  }
}

function listing(stage: Stage): ReturnType<Stage['agent']['ask']>['heard'] {
  return stage.agent.ask(stage.setting.files, listFolder, { path: stage.setting.folder }).heard
}
