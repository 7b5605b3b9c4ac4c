/**
 * A server met as an adapter meets it, for tests that talk to one through its session: what it tells is kept,
 * what it asks is answered by the test, and nothing is left behind.
 */
import assert from 'node:assert/strict'
import type { DriverProgram, ReverseSelector, StdioProgram } from '../../src/kernel/manifest.ts'
import type { Meeting } from '../../src/driver/mcp/meet-server.ts'
import { meetServer } from '../../src/driver/mcp/meet-server.ts'
import type {
  AskAnswer,
  CallAnswer,
  DriverCall,
  LogLine,
  PendingCall,
  Progress,
  ServerSession,
} from '../../src/driver/mcp/session.ts'
import type { RunningProgram } from '../../src/driver/program.ts'
import { launchInGroup } from '../../src/driver/program.ts'

/** Answers a question of the server. */
export type Answerer = (selector: ReverseSelector, params: string, signal: AbortSignal) => Promise<AskAnswer>

/** What was told in the course of a call. */
export interface Told {
  readonly progress: Progress[]
  readonly logs: LogLine[]
  readonly asked: { readonly selector: ReverseSelector; readonly params: string }[]
}

/** A call under way and what is told in its course. */
export type WatchedCall = PendingCall & Told

/** A server that was met. */
export interface MetServer {
  readonly meeting: Meeting
  readonly session: ServerSession
  /** Every program that was started, the last one the one that serves. */
  readonly started: readonly RunningProgram[]
  /** `definitions`, `resources` or the address of a resource, in the order told. */
  readonly changes: string[]
  /** What was asked outside of any call. */
  readonly asked: string[]
  readonly call: (
    selector: string,
    args?: string,
    notes?: Partial<DriverCall> & { readonly answer?: Answerer },
  ) => WatchedCall
}

/** How to meet. */
export interface MetOptions {
  readonly answer?: Answerer
  readonly patienceMs?: number
}

/** An answerer that refuses everything. */
export const nobodyAnswers: Answerer = () =>
  Promise.resolve({
    kind: 'refused',
    code: 'selector-not-granted',
    message: 'Nobody answers.',
    needed: 'A capability.',
  })

/** Meets the server of `program`, lets `use` use it, and leaves nothing behind. */
export async function withServer(
  program: DriverProgram,
  use: (server: MetServer) => Promise<void>,
  { answer = nobodyAnswers, patienceMs }: MetOptions = {},
): Promise<void> {
  const started: RunningProgram[] = []
  const changes: string[] = []
  const asked: string[] = []
  const met = await meetServer(program, {
    launch: (what: StdioProgram) => {
      const running = launchInGroup(what)
      started.push(running)
      return running
    },
    signal: new AbortController().signal,
    ...(patienceMs === undefined ? {} : { patienceMs }),
    owner: {
      definitionsChanged: () => void changes.push('definitions'),
      resourceUpdated: (uri) => void changes.push(uri),
      resourcesChanged: () => void changes.push('resources'),
      ask: (selector, params, signal) => {
        asked.push(selector)
        return answer(selector, Buffer.from(params).toString(), signal)
      },
    },
  })
  assert.ok(met.ok, met.ok ? '' : met.error)
  const { session } = met.value
  try {
    const call: MetServer['call'] = (selector, args, notes) => watchedCall(session, selector, args, notes)
    await use({ meeting: met.value, session, started, changes, asked, call })
  } finally {
    met.value.close('the test is over')
    await met.value.gone
  }
}

/** Makes a call and keeps what is told in its course. */
export function watchedCall(
  session: ServerSession,
  selector: string,
  args = '{}',
  notes: Partial<DriverCall> & { readonly answer?: Answerer } = {},
): WatchedCall {
  const told: Told = { progress: [], logs: [], asked: [] }
  const { answer = nobodyAnswers, ...rest } = notes
  const pending = session.call({
    selector,
    args: Buffer.from(args),
    answers: ['client/roots', 'client/sampling', 'client/elicitation'],
    progress: false,
    log: null,
    trace: null,
    caller: {
      progress: (progress) => void told.progress.push(progress),
      log: (line) => void told.logs.push(line),
      ask: (selector, params, signal) => {
        const text = Buffer.from(params).toString()
        told.asked.push({ selector, params: text })
        return answer(selector, text, signal)
      },
    },
    ...rest,
  })
  return { ...told, answer: pending.answer, cancel: () => pending.cancel() }
}

/** The text of a tool's result, or of whatever came instead. */
export function textOf(answer: CallAnswer): string {
  if (!('result' in answer)) return ''
  const value = JSON.parse(Buffer.from(answer.result).toString() || '{}') as { content?: { text?: string }[] }
  return value.content?.[0]?.text ?? ''
}

/** The result as a value. */
export function resultOf(answer: CallAnswer): unknown {
  assert.notEqual(answer.outcome, 'lost')
  return !('result' in answer) ? null : JSON.parse(Buffer.from(answer.result).toString())
}
