/**
 * `@microsoft/agent-governance-sdk` as its README shows it: one client in the agent's own process, one rule that
 * compares the same two arguments, its audit log as shipped (10,000 entries in memory, chained by SHA-256). It
 * records one entry before the action and makes nothing durable, so it does less; it is the nearest thing that
 * people install. Held beside it is the same with that one entry made durable.
 */
import { AgentMeshClient } from '@microsoft/agent-governance-sdk'
import { callArguments } from '../kernel/example-call.ts'

/** Name of the reference in the tables. */
export const governanceSdkName = '@microsoft/agent-governance-sdk'
/** Name of the reference that makes its entry durable. */
export const durableGovernanceSdkName = '@microsoft/agent-governance-sdk, entry appended + fdatasync'

/**
 * An agent whose action is judged and then answered at once. Resolves with the audit entry; rejects unless
 * the action was allowed.
 */
export function openGovernedAgent(): () => Promise<object> {
  const client = AgentMeshClient.create('bob', {
    policyRules: [{ action: 'write_note', conditions: { ...callArguments }, effect: 'allow' }],
  })
  return async () => {
    const { decision, auditEntry } = await client.executeWithGovernance('write_note', { ...callArguments })
    if (decision !== 'allow') throw new Error(`the action was answered with ${decision}`)
    return auditEntry
  }
}
