/**
 * The tour's end of its agent program: starts it, gives it tasks, hands back what it heard. Everything goes
 * over the program's standard input and output, so that the agent's only way to act stays the kernel.
 */
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Json } from '../../base/json.ts'
import type { CallAnswer, HeldNotice } from '../../sdk/index.ts'
import type { HomePaths } from '../home.ts'
import { TourFailure } from './tour-failure.ts'

const program = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './agent/main.ts' : './agent/main.js', import.meta.url),
)
const answerMs = 20_000
/** An answer may have to wait for a person. */
const personMs = 3_600_000

/** What the agent heard of one task. */
export type Heard = { readonly answer: CallAnswer } | { readonly lost: string }

/** One task under way. */
export interface TaskUnderWay {
  /** How it ended. */
  readonly heard: Promise<Heard>
  /** Resolves when the agent is told that the call waits for a person. */
  readonly held: Promise<HeldNotice>
}

/** A running agent program. */
export interface AgentProgram {
  readonly pid: number
  /** Gives a task. */
  ask(object: string | number, selector: string, args: { readonly [name: string]: Json }): TaskUnderWay
  /** Ends the program and waits until it is gone. */
  stop(): Promise<void>
}

interface Pending {
  readonly heard: PromiseWithResolvers<Heard>
  readonly held: PromiseWithResolvers<HeldNotice>
}

/** Starts the program with the agent's token and waits until it is attached. */
export async function startAgentProgram(paths: HomePaths, token: string): Promise<AgentProgram> {
  const child = spawn(process.execPath, [program], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] ?? '', CUSTOS_HOME: paths.home, CUSTOS_TOKEN: token },
  })
  const pending = new Map<number, Pending>()
  const ready = Promise.withResolvers<void>()
  child.once('error', ready.reject)
  child.once('exit', (code) => {
    ready.reject(new TourFailure(`the agent program ended with exit code ${code}`))
    for (const { heard } of pending.values()) heard.resolve({ lost: 'the agent program ended' })
  })
  createInterface({ input: child.stdout }).on('line', (line) => hear(line, pending, ready.resolve))
  await ready.promise
  return agentProgram(child, pending)
}

type Line = { readonly id?: number; readonly ready?: true; readonly held?: HeldNotice } & Partial<
  { readonly answer: CallAnswer } & { readonly lost: string }
>

function hear(text: string, pending: Map<number, Pending>, ready: () => void): void {
  const line = JSON.parse(text) as Line
  if (line.ready === true) return ready()
  const task = pending.get(line.id ?? 0)
  if (line.held !== undefined) task?.held.resolve(line.held)
  if (line.answer !== undefined) task?.heard.resolve({ answer: line.answer })
  if (line.lost !== undefined) task?.heard.resolve({ lost: line.lost })
}

function agentProgram(child: ChildProcess, pending: Map<number, Pending>): AgentProgram {
  let last = 0
  return {
    pid: child.pid ?? 0,
    ask(object, selector, args) {
      const id = ++last
      const task: Pending = { heard: Promise.withResolvers(), held: Promise.withResolvers() }
      pending.set(id, task)
      child.stdin?.write(`${JSON.stringify({ id, object, selector, arguments: args })}\n`)
      return {
        heard: inTime(task.heard.promise, `an answer to ${selector}`, personMs),
        held: inTime(task.held.promise, `${selector} to be held`, answerMs),
      }
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await gone
    },
  }
}

/** The promise, or a TourFailure when it takes too long. One that nobody awaits fails silently. */
function inTime<T>(promise: Promise<T>, what: string, ms: number): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new TourFailure(`waited ${ms / 1000} s for ${what}`)), ms)
  timer.unref()
  const raced = Promise.race([promise, late.promise]).finally(() => clearTimeout(timer))
  raced.catch(() => undefined)
  return raced
}
