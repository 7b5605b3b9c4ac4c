/**
 * A server that is the test: what a session sends is kept, and what the server says is whatever the test says,
 * on whatever stream. Nothing runs and nothing waits.
 */
import assert from 'node:assert/strict'
import type { Json, JsonObject } from '../../src/base/json.ts'
import type { ReverseSelector } from '../../src/kernel/manifest.ts'
import { Conversation } from '../../src/driver/mcp/conversation.ts'
import { LegacySession } from '../../src/driver/mcp/legacy-session.ts'
import type { Outgoing } from '../../src/driver/mcp/link.ts'
import { ModernSession } from '../../src/driver/mcp/modern-session.ts'
import type { Negotiated, ServerSession } from '../../src/driver/mcp/session.ts'
import type { Answerer, WatchedCall } from './met-server.ts'
import { nobodyAnswers, watchedCall } from './met-server.ts'

/** A message that was sent. */
export interface Sent {
  readonly text: string
  readonly message: JsonObject
  readonly about: Outgoing
}

/** A session and its scripted server. */
export interface Scripted {
  readonly session: ServerSession
  readonly conversation: Conversation
  readonly sent: readonly Sent[]
  /** Numbers of the requests that were given up. */
  readonly abandoned: readonly number[]
  readonly changes: readonly string[]
  /** What was asked outside of any call. */
  readonly asked: readonly string[]
  /** Sends what the server says; objects get the `jsonrpc` member. */
  readonly say: (message: JsonObject | string, stream?: number | null) => void
  readonly call: (selector: string, args?: string, notes?: Parameters<typeof watchedCall>[3]) => WatchedCall
  /** The last message sent, as a value. */
  last(): JsonObject
}

/** How to script. */
export interface ScriptOptions {
  readonly kind?: 'stdio' | 'http'
  readonly declared?: readonly ReverseSelector[]
  readonly capabilities?: JsonObject
  readonly answer?: Answerer
}

/** A scripted server of that era. */
export function scripted(
  era: 'legacy' | 'modern',
  { kind = 'stdio', declared = [], capabilities = {}, answer = nobodyAnswers }: ScriptOptions = {},
): Scripted {
  const conversation = new Conversation()
  const sent: Sent[] = []
  const abandoned: number[] = []
  const changes: string[] = []
  const asked: string[] = []
  conversation.open({
    kind,
    send(bytes, about) {
      const text = Buffer.from(bytes).toString()
      sent.push({ text, message: JSON.parse(text) as JsonObject, about })
    },
    abandon: (id) => void abandoned.push(id),
    close: (reason) => conversation.ended(reason),
  })
  const info = { name: 'scripted', version: '1', revision: era === 'legacy' ? '2025-11-25' : '2026-07-28' }
  const negotiated: Negotiated = { era, info, capabilities }
  const owner = {
    definitionsChanged: () => void changes.push('definitions'),
    resourceUpdated: (uri: string) => void changes.push(uri),
    resourcesChanged: () => void changes.push('resources'),
    ask: (selector: ReverseSelector, params: Uint8Array, signal: AbortSignal) => {
      asked.push(selector)
      return answer(selector, Buffer.from(params).toString(), signal)
    },
  }
  const session =
    era === 'legacy'
      ? new LegacySession(conversation, negotiated, declared, owner)
      : new ModernSession(conversation, negotiated, declared, owner)
  return {
    session,
    conversation,
    sent,
    abandoned,
    changes,
    asked,
    say(message, stream = null) {
      const text = typeof message === 'string' ? message : JSON.stringify({ jsonrpc: '2.0', ...message })
      conversation.received(Buffer.from(text), stream)
    },
    call: (selector, args, notes) => watchedCall(session, selector, args, notes),
    last() {
      const message = sent.at(-1)?.message
      assert.ok(message !== undefined, 'nothing was sent')
      return message
    },
  }
}

/** What follows when everything that is ready has run. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

/** A member of a member of … of a message. */
export function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((inner, name) => (inner as JsonObject | undefined)?.[name], value)
}
