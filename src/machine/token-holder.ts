/**
 * Whose token it is. Tokens of agents and of spawned processes are kept hashed in the kernel's state; what is
 * compared is a digest of what was presented, so that timing tells nothing of use.
 */
import type { State } from '../kernel/state.ts'
import type { Attachment } from './agent-channel.ts'

/** The agent's standing process, or the child, that `digest` belongs to; null when it is nobody's. */
export function tokenHolder(state: State, digest: string): Attachment | null {
  for (const { id: agent, process, name, tokenDigest } of state.agents.values()) {
    if (tokenDigest === digest) return { agent, process, name }
  }
  for (const { id: process, agent, child } of state.processes.values()) {
    if (child?.tokenDigest === digest) return { agent, process, name: child.name }
  }
  return null
}
