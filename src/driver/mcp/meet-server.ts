/**
 * From a program to a session: it is started or reached, negotiated with, and ended with everything it was
 * given when it does not come to that. Both the adapter and the probe go through here.
 */
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { Fault, unreachable } from '../../base/fault.ts'
import type { DriverProgram } from '../../kernel/manifest.ts'
import type { LaunchProgram, RunningProgram } from '../program.ts'
import { Conversation } from './conversation.ts'
import type { HttpLinkOptions } from './http-link.ts'
import { LegacySession } from './legacy-session.ts'
import { ModernSession } from './modern-session.ts'
import { initialize, negotiate } from './negotiate.ts'
import type { Negotiated, ServerSession, SessionOwner } from './session.ts'
import { openStdioLink } from './stdio-link.ts'

/** How a server is met. */
export interface MeetingRules {
  /** Starts a program. Never throws. */
  readonly launch: LaunchProgram
  readonly owner: SessionOwner
  /** Ends everything, whenever it is aborted; its reason is a sentence. */
  readonly signal: AbortSignal
  /** How long a program may take for its discovery before it is offered the handshake as well. */
  readonly patienceMs?: number
  /** For servers reached over HTTP. */
  readonly http?: HttpLinkOptions
}

/** A server that is there. */
export interface Meeting {
  readonly session: ServerSession
  /** Protocol violations so far. */
  readonly violations: () => number
  /** Settles once with why it is over; a program has then been killed. */
  readonly over: Promise<string>
  /** Settles when nothing of it is left. */
  readonly gone: Promise<void>
  /** Ends it from this side. Idempotent. */
  close(reason: string): void
}

/** Meets the server of `program`. An error is a sentence, and nothing is left running then. */
export async function meetServer(
  program: DriverProgram,
  rules: MeetingRules,
): Promise<Result<Meeting, string>> {
  const first = await attempt(program, rules, negotiate)
  if (first.ok || !first.error.isWorthAnother) return first.ok ? first : err(first.error.reason)
  // Some programs exit on any request before the handshake. Nothing but a fresh start tells them apart.
  const second = await attempt(program, rules, initialize)
  return second.ok ? second : err(second.error.reason)
}

interface Failure {
  readonly reason: string
  /** The program ended by itself while it was asked what it speaks. */
  readonly isWorthAnother: boolean
}

async function attempt(
  program: DriverProgram,
  rules: MeetingRules,
  negotiateWith: typeof negotiate,
): Promise<Result<Meeting, Failure>> {
  const { owner, signal, patienceMs } = rules
  const conversation = new Conversation()
  const { gone } = await open(program, conversation, rules)
  const abort = (): void => conversation.close(String(signal.reason))
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  const declared = program.client ?? []
  const negotiated = await negotiateWith(conversation, {
    declared,
    ...(patienceMs === undefined ? {} : { patienceMs }),
  })
  const isWorthAnother = conversation.overBecause !== null && conversation.violations === 0 && !signal.aborted
  if (!negotiated.ok) {
    conversation.close(negotiated.error)
    await gone
    const reason = conversation.overBecause ?? negotiated.error
    return err({ reason, isWorthAnother: isWorthAnother && program.protocol === 'mcp-stdio' })
  }
  return ok({
    session: sessionOf(conversation, negotiated.value, declared, owner),
    violations: () => conversation.violations,
    over: conversation.over,
    gone,
    close: (reason) => conversation.close(reason),
  })
}

/** Opens the link. What it resolves with settles when nothing of it is left. */
async function open(
  program: DriverProgram,
  conversation: Conversation,
  { launch, http }: MeetingRules,
): Promise<{ readonly gone: Promise<void> }> {
  switch (program.protocol) {
    case 'mcp-stdio': {
      const running = await launch(program)
      conversation.open(openStdioLink(running, conversation))
      return { gone: ended(conversation, running) }
    }
    case 'mcp-http': {
      // It brings a whole OAuth client, which most adapters never need.
      const { openHttpLink } = await import('./http-link.ts')
      const link = openHttpLink(program, conversation, http)
      conversation.open(link)
      return { gone: link.closed }
    }
    case 'service':
    case 'domain':
      throw new Fault('a service or another domain speaks the wire, and not MCP')
    default:
      return unreachable(program)
  }
}

async function ended(conversation: Conversation, running: RunningProgram): Promise<void> {
  await conversation.over
  running.kill()
  await running.exited
}

function sessionOf(
  conversation: Conversation,
  negotiated: Negotiated,
  declared: readonly NonNullable<DriverProgram['client']>[number][],
  owner: SessionOwner,
): ServerSession {
  return negotiated.era === 'legacy'
    ? new LegacySession(conversation, negotiated, declared, owner)
    : new ModernSession(conversation, negotiated, declared, owner)
}
