/**
 * The first half of the tour: what the gate lets through, what it refuses, what it holds for a person, and
 * what runs out.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { CallId, ObjectId, ProcessId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { ArgumentTerms, Caveats } from '../../kernel/capability/terms.ts'
import type { CallAnswer } from '../../sdk/index.ts'
import { showApproval } from '../approval-check.ts'
import { pendingApprovals } from '../command/approvals.ts'
import { visible, visibleShort } from '../escape.ts'
import { numberOf } from '../kernel-client.ts'
import { confirm } from '../prompt.ts'
import type { Heard, TaskUnderWay } from './agent-program.ts'
import type { Stage } from './stage.ts'
import { order, say, show } from './stage.ts'
import { expect, TourFailure } from './tour-failure.ts'

const readFile = 'tools/read_text_file'
const writeFile = 'tools/write_file'
const listFolder = 'tools/list_directory'
const readGraph = 'tools/read_graph'

/** Grants a capability and shows the event. Returns the capability id. */
export async function grant(stage: Stage, object: number, caveats: Caveats): Promise<number> {
  const holder = id<ProcessId>(stage.setting.process)
  const made = await order(stage, { do: 'capability.grant', holder, object: id<ObjectId>(object), caveats })
  const seq = numberOf(made, 'seq')
  const granted = await stage.evidence.find('capability.granted', 'the grant', (event) => event.seq === seq)
  await show(stage, granted)
  return granted.body.capability
}

/** The answer the agent heard; a lost connection is not what the tour expects here. */
export function answered(heard: Heard): CallAnswer {
  if ('lost' in heard)
    throw new TourFailure(`expected an answer; the agent lost its connection: ${heard.lost}`)
  return heard.answer
}

/** An allowed read. Returns the capability it was done under, and one that stays until the end. */
export async function allowedRead(stage: Stage): Promise<{ readonly reading: number }> {
  const { folder, files } = stage.setting
  await say(stage, '\n1. An allowed read. The agent may read inside one folder, and list it.')
  const path = { constraint: { within: folder } } as const
  const within: ArgumentTerms = { arguments: { path } }
  const head = { constraint: { range: { min: 1, max: 1000 } }, optional: true } as const
  const reading = await grant(stage, files, {
    selectors: [readFile],
    where: { '*': { arguments: { path, head } } },
  })
  await grant(stage, files, { selectors: [listFolder], where: { '*': within } })
  const answer = answered(
    await stage.agent.ask('tour-files', readFile, { path: join(folder, 'notes.txt') }).heard,
  )
  expect(answer.ok && answer.outcome === 'done', `the read to be done, not ${JSON.stringify(answer)}`)
  await show(
    stage,
    await stage.evidence.find('call.admitted', 'the read admitted', ({ body }) => body.call === answer.call),
  )
  const settled = await stage.evidence.find('call.settled', 'the read done', ({ seq }) => seq === answer.seq)
  expect(settled.body.outcome === 'done', `the ledger to say done, not ${settled.body.outcome}`)
  await show(stage, settled)
  await say(stage, `    its recorded result: ${visibleShort(stage.evidence.payloadText(settled), 160)}`)
  return { reading }
}

/** A refused write: nothing that the agent holds covers it. */
export async function refusedWrite(stage: Stage): Promise<void> {
  await say(
    stage,
    '\n2. A refused write. Nothing the agent holds allows it; it hears why, and what would be needed.',
  )
  const file = join(stage.setting.folder, 'report.txt')
  const answer = answered(
    await stage.agent.ask('tour-files', writeFile, { path: file, content: 'hello' }).heard,
  )
  await showRefusal(stage, answer, 'selector-not-granted')
  expect(!existsSync(file), 'nothing to be written')
}

/** Shows the recorded refusal behind an answer, which must have this code. */
export async function showRefusal(stage: Stage, answer: CallAnswer, code: string): Promise<void> {
  expect(!answer.ok && answer.refusal.code === code, `a refusal ${code}, not ${JSON.stringify(answer)}`)
  const { seq } = answer.refusal
  const refused = await stage.evidence.find(
    'syscall.refused',
    `the refusal #${seq}`,
    (event) => event.seq === seq,
  )
  expect(refused.body.code === code, `the ledger to say ${code}, not ${refused.body.code}`)
  await show(stage, refused)
  await say(stage, `    what would be needed: ${visible(refused.body.needed)}`)
}

/** A held write, decided at the prompt. Returns the position of the event to ask `why` about. */
export async function heldWrite(stage: Stage): Promise<number> {
  const { folder, files } = stage.setting
  const file = join(folder, 'report.txt')
  await say(stage, '\n3. A held write. The agent may write in that folder, but every use must be approved.')
  const where = {
    '*': { arguments: { path: { constraint: { within: folder } }, content: { constraint: { any: true } } } },
  } as const
  await grant(stage, files, { selectors: [writeFile], where, ask: true })
  const task = stage.agent.ask('tour-files', writeFile, { path: file, content: 'Written with approval.\n' })
  const { call } = await task.held
  await show(
    stage,
    await stage.evidence.find('call.held', 'the write held', ({ body }) => body.call === call),
  )
  expect(!existsSync(file), 'nothing to be written before the decision')
  const pending = (await pendingApprovals(stage.kernel)).find((approval) => approval.call === call)
  expect(
    pending !== undefined && pending.checked.ok,
    'an approval whose every shown part is covered by its digest',
  )
  for (const line of showApproval(pending.checked.value, Date.now())) await say(stage, `    ${line}`)
  return (await isApproved(stage))
    ? approveWrite(stage, task, call, pending.digest, file)
    : denyWrite(stage, task, call, pending.digest)
}

async function isApproved(stage: Stage): Promise<boolean> {
  if (!stage.unattended) return confirm('    Approve exactly this, once?')
  await say(stage, '    Nobody is here to decide (--yes): the throw-away operator key approves.')
  return true
}

async function approveWrite(
  stage: Stage,
  task: TaskUnderWay,
  call: number,
  digest: string,
  file: string,
): Promise<number> {
  await order(stage, { do: 'call.approve', call: id<CallId>(call), digest, comment: 'seen in the tour' })
  await show(
    stage,
    await stage.evidence.find('call.approved', 'the approval', ({ body }) => body.call === call),
  )
  const answer = answered(await task.heard)
  expect(
    answer.ok && answer.outcome === 'done',
    `the approved write to be done, not ${JSON.stringify(answer)}`,
  )
  await show(
    stage,
    await stage.evidence.find('call.admitted', 'the write admitted', ({ body }) => body.call === call),
  )
  const settled = await stage.evidence.find(
    'call.settled',
    'the write done',
    ({ body }) => body.call === call,
  )
  expect(settled.body.outcome === 'done' && existsSync(file), 'the file to be there')
  await show(stage, settled)
  return settled.seq
}

async function denyWrite(stage: Stage, task: TaskUnderWay, call: number, digest: string): Promise<number> {
  await order(stage, { do: 'call.deny', call: id<CallId>(call), digest, comment: 'declined in the tour' })
  const denied = await stage.evidence.find('call.denied', 'the denial', ({ body }) => body.call === call)
  await show(stage, denied)
  const answer = answered(await task.heard)
  expect(
    !answer.ok && answer.refusal.code === 'approval-denied',
    `the agent to hear of the denial, not ${JSON.stringify(answer)}`,
  )
  return denied.seq
}

/** A capability with two uses, used three times. */
export async function usesRunOut(stage: Stage): Promise<void> {
  await say(stage, '\n4. A capability that runs out. Two uses of the memory server, and a third attempt.')
  await grant(stage, stage.setting.memory, {
    selectors: [readGraph],
    where: { '*': { arguments: {} } },
    uses: 2,
  })
  for (let use = 1; use <= 2; use++) {
    const answer = answered(await stage.agent.ask('tour-memory', readGraph, {}).heard)
    expect(answer.ok && answer.outcome === 'done', `use ${use} to be done, not ${JSON.stringify(answer)}`)
    await show(
      stage,
      await stage.evidence.find('call.settled', `use ${use}`, ({ seq }) => seq === answer.seq),
    )
  }
  await showRefusal(stage, answered(await stage.agent.ask('tour-memory', readGraph, {}).heard), 'exhausted')
}
