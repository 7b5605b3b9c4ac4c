/** The part of the fold that makes processes: of agents, of drivers, and children of either. */
import { found } from '../../base/fault.ts'
import type { AgentId, ProcessId } from '../../base/ids.ts'
import type { EventOf } from '../event.ts'
import type { Child, Process, State } from '../state.ts'
import { childrenOf } from './family.ts'

/** An agent was added, with its standing process. */
export function applyAgentAdded(state: State, { body }: EventOf<'agent.added'>): void {
  const { agent, process, name, tokenDigest, subject } = body
  const about = subject === undefined ? {} : { subject }
  state.agents.set(agent, { id: agent, process, name, tokenDigest, ...about })
  addProcess(state, process, agent)
  state.nextObject = process + 1
}

/** Ended children of the same parent that nothing speaks of any more are forgotten on this occasion. */
export function applySpawned(state: State, { body }: EventOf<'process.spawned'>): void {
  const { process, parent: parentId, name, tokenDigest } = body
  for (const other of childrenOf(state, parentId)) {
    if (other.killed && !isSpokenOf(state, other)) state.processes.delete(other.id)
  }
  const parent = processOf(state, parentId)
  const depth = (parent.child?.depth ?? 0) + 1
  addProcess(state, process, parent.agent, { parent: parentId, name, tokenDigest, depth })
  state.nextObject = process + 1
}

function isSpokenOf(state: State, process: Process): boolean {
  if (process.handles.size > 0 || childrenOf(state, process.id).length > 0) return true
  return [...state.calls.values()].some((call) => call.process === process.id)
}

/** A process that an event speaks of. */
export function processOf(state: State, process: ProcessId): Process {
  return found(state.processes.get(process), 'an event about a process finds it')
}

/** Makes a process that holds nothing. */
export function addProcess(state: State, process: ProcessId, agent: AgentId | 0, child?: Child): void {
  state.processes.set(process, {
    id: process,
    agent,
    handles: new Map(),
    nextHandle: 1,
    killed: false,
    inFlight: 0,
    held: 0,
    refusalWindowStart: 0,
    refusalCount: 0,
    derivationWindowStart: 0,
    derivationCount: 0,
    ...(child === undefined ? {} : { child }),
  })
}
