/**
 * A process makes a child: a program that it runs, or a part of itself that shall be able to do less. Making
 * one gives nobody anything, so it needs no capability; the child holds what its parent derives to it. Only
 * the parent says that a child ended, and an operator's kill needs nobody to say it.
 */
import type { ProcessId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import { isBusyDeriving } from '../capability/derive.ts'
import type { Command } from '../command.ts'
import type { Decision } from '../decision.ts'
import { accepted, byProcess, recorder, recording, unrecorded } from '../decision.ts'
import { limits } from '../limits.ts'
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import { hasRoom } from '../sovereign/registry.ts'
import type { Process, State } from '../state.ts'
import { childrenOf, cutFamily } from './family.ts'
import { whyIdle } from './freeze.ts'
import { noProcess, refuseSyscall } from './refuse.ts'

type Spawn = Extract<Command, { kind: 'process.spawn' }>
type End = Extract<Command, { kind: 'process.end' }>

/** Makes a child that holds nothing. */
export function decideSpawn(state: State, command: Spawn): Decision {
  const { at, process: parentId, name, tokenDigest, boundary } = command
  const parent = state.processes.get(parentId)
  if (parent === undefined) return noProcess
  const why = whyChildless(state, parent, command)
  if (why !== null) return refuseSyscall(state, at, { process: parentId, object: 0, selector }, why)
  const process = id<ProcessId>(state.nextObject)
  const body = { process, parent: parentId, name, tokenDigest, boundary }
  return recording(state, at, 'process.spawned', body, byProcess(parentId))
}

/** Ends a child, as its parent says. */
export function decideEnd(state: State, { at, process, child, reason, undispatched }: End): Decision {
  const ended = state.processes.get(child)
  if (ended?.child?.parent !== process || ended.killed) {
    return unrecorded(refusal('not-found', 'This process has no such living child.', 'A child of its own.'))
  }
  const recorded = recorder(state, at)
  const cause = recorded.record('process.ended', { process: child, reason }, byProcess(process))
  cutFamily(state, recorded, child, cause, undispatched)
  return accepted(recorded)
}

const selector = 'process/spawn'

function whyChildless(state: State, parent: Process, { at, tokenDigest }: Spawn): Refusal | null {
  const idle = whyIdle(state, parent, at)
  if (idle !== null) return idle
  if (parent.agent === 0)
    return refusal('not-entitled', 'A driver’s process has no children.', 'The process of an agent.')
  if (isBusyDeriving(parent, at))
    return refusal('rate-limited', 'This process makes and ends too much.', 'Wait a few seconds.')
  const living = childrenOf(state, parent.id).filter((child) => !child.killed)
  const isDeep = (parent.child?.depth ?? 0) >= limits.spawnDepth
  if (living.length >= limits.childrenPerProcess || isDeep || !hasRoom(state))
    return refusal('limit', 'There are too many processes, or too deep.', 'End some that are not needed.')
  const isTaken = [...state.agents.values(), ...childTokens(state)].some(
    (known) => known.tokenDigest === tokenDigest,
  )
  return isTaken ? refusal('name-taken', 'That token is in use.', 'A fresh token.') : null
}

function* childTokens(state: State): Generator<{ readonly tokenDigest: string }> {
  for (const { child } of state.processes.values()) if (child !== undefined) yield child
}
