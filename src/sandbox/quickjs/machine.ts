/**
 * One QuickJS engine in WebAssembly with one agent's script in it. It is a function of what it is given:
 * source, seed, time, and the answers in their order. It asks for nothing but through `MachineHost.ask`, and
 * what comes out of the engine is taken as a stranger's: checked for kind and length before it is used.
 *
 * One machine per operating-system process. Time inside is the worker's `Date.now`, which the worker has
 * replaced by then, and the engine's memory is the WebAssembly memory made here, so it cannot outgrow it.
 */
import quickjsVariant from '@jitl/quickjs-wasmfile-release-sync'
import type {
  QuickJSContext,
  QuickJSHandle,
  QuickJSRuntime,
  QuickJSSyncVariant,
} from 'quickjs-emscripten-core'
import { newQuickJSWASMModuleFromVariant, newVariant } from 'quickjs-emscripten-core'
import { machineLimits } from './agent-limits.ts'
import { prelude } from './prelude.ts'

/** What a script asks for. */
export type Ask =
  | { readonly kind: 'call'; readonly driver: string; readonly selector: string; readonly arguments: string }
  | { readonly kind: 'capabilities' }

/** What the machine needs. Neither may throw. */
export interface MachineHost {
  /** A syscall; its number is the next, counted from 1. It is answered by `deliver`, once, or never. */
  ask(n: number, ask: Ask): void
  log(text: string): void
}

/** How a machine is set up. */
export interface MachineSettings {
  /** 32 hex digits. */
  readonly seed: string
  readonly fuel: number
  readonly memoryMiB: number
  readonly syscalls: number
}

/**
 * How a script ended. `finished`: nothing is left to do. `threw`: its module failed. `stalled`: it waits for
 * something that cannot come. `fuel`, `syscalls`: it used up what it had. `engine`: the engine itself failed.
 */
export interface MachineEnd {
  readonly how: 'finished' | 'threw' | 'stalled' | 'fuel' | 'syscalls' | 'engine'
  /** JSON text of the default export when it finished, what went wrong when it threw, or empty. */
  readonly text: string
}

const pageBytes = 65_536
const ticksPerJob = 1

/** A loaded engine. `start` once; then `deliver` until one of them returns how it ended. */
export class Machine {
  readonly #runtime: QuickJSRuntime
  readonly #context: QuickJSContext
  readonly #settings: MachineSettings
  readonly #host: MachineHost
  readonly #inner: { readonly [name in 'deliver' | 'describe' | 'result']: QuickJSHandle }
  /** The promise of the script's module, or its exports. */
  #module: QuickJSHandle | null = null
  #spent = 0
  #issued = 0
  #logged = 0
  /** Bytes of arguments of every syscall that waits for its answer. */
  readonly #outstanding = new Map<number, number>()
  #outstandingBytes = 0
  #isOverSyscalls = false
  #fault = ''

  constructor(runtime: QuickJSRuntime, settings: MachineSettings, host: MachineHost) {
    this.#runtime = runtime
    this.#settings = settings
    this.#host = host
    runtime.setMemoryLimit(settings.memoryMiB * 1_048_576)
    runtime.setMaxStackSize(machineLimits.stackBytes)
    runtime.setInterruptHandler(() => {
      this.#spent += ticksPerJob
      return this.#isOver()
    })
    this.#context = runtime.newContext()
    this.#inner = this.#furnish()
  }

  /** Units of fuel used so far. */
  get spent(): number {
    return this.#spent
  }

  /** Syscalls made so far. */
  get issued(): number {
    return this.#issued
  }

  /** Runs the script until it waits. Null while it goes on after an answer. */
  start(source: string): MachineEnd | null {
    return this.#turn(() => {
      const evaluated = this.#context.evalCode(source, 'agent.js', { type: 'module', strict: true })
      if (evaluated.error === undefined) this.#module = evaluated.value
      else return { how: 'threw', text: this.#describe(evaluated.error) }
      return null
    })
  }

  /** Gives the answer to syscall `n` and runs the script until it waits again. */
  deliver(n: number, header: string, body: string | null): MachineEnd | null {
    const bytes = this.#outstanding.get(n)
    if (bytes === undefined) return { how: 'engine', text: `an answer to ${n}, which is not open` }
    this.#outstanding.delete(n)
    this.#outstandingBytes -= bytes
    return this.#turn(() => {
      const context = this.#context
      const given = [context.newNumber(n), context.newString(header)]
      if (body !== null) given.push(context.newString(body))
      const called = context.callFunction(this.#inner.deliver, context.undefined, ...given)
      for (const handle of given) handle.dispose()
      if (called.error === undefined) called.value.dispose()
      else return { how: 'threw', text: this.#describe(called.error) }
      return null
    })
  }

  #isOver(): boolean {
    return this.#spent > this.#settings.fuel || this.#isOverSyscalls
  }

  /** Does `work` and everything that follows from it. Whatever the engine throws at us ends the run. */
  #turn(work: () => MachineEnd | null): MachineEnd | null {
    try {
      const end = work() ?? this.#drain()
      if (this.#fault !== '') return { how: 'engine', text: this.#fault }
      if (this.#isOverSyscalls) return { how: 'syscalls', text: '' }
      return this.#isOver() ? { how: 'fuel', text: '' } : end
    } catch (problem) {
      return { how: 'engine', text: problem instanceof Error ? problem.message.slice(0, 300) : 'failed' }
    }
  }

  /** Runs what was promised until nothing is left to run, then sees whether that was the end. */
  #drain(): MachineEnd | null {
    while (!this.#isOver() && this.#runtime.hasPendingJob()) {
      const ran = this.#runtime.executePendingJobs(1)
      if (ran.error !== undefined) ran.error.dispose()
    }
    if (this.#isOver() || this.#module === null) return null
    const state = this.#context.getPromiseState(this.#module)
    if (state.type === 'rejected') return { how: 'threw', text: this.#describe(state.error) }
    if (this.#outstanding.size > 0) return null
    if (state.type === 'pending') return { how: 'stalled', text: '' }
    return this.#finish(state.value)
  }

  #finish(exported: QuickJSHandle): MachineEnd {
    const written = this.#context.callFunction(this.#inner.result, this.#context.undefined, exported)
    if (written.error !== undefined) return { how: 'threw', text: this.#describe(written.error) }
    const text = this.#text(written.value, machineLimits.resultLength)
    if (text === null) return { how: 'threw', text: 'the result is too long' }
    return { how: 'finished', text }
  }

  #describe(problem: QuickJSHandle): string {
    const described = this.#context.callFunction(this.#inner.describe, this.#context.undefined, problem)
    if (described.error !== undefined) return 'threw something that does not describe itself'
    const text = this.#text(described.value, Number.MAX_SAFE_INTEGER) ?? ''
    return text.slice(0, machineLimits.errorLength)
  }

  /** Text of a value that must be a string of at most `longest` units, or null. */
  #text(handle: QuickJSHandle | undefined, longest: number): string | null {
    if (handle === undefined || this.#context.typeof(handle) !== 'string') return null
    const text = this.#context.getString(handle)
    return text.length > longest ? null : text
  }

  #furnish(): { readonly [name in 'deliver' | 'describe' | 'result']: QuickJSHandle } {
    const context = this.#context
    const made = context.unwrapResult(context.evalCode(prelude, 'custos.js', { type: 'global' }))
    const send = context.newFunction('send', (kind, first, second, third) =>
      context.newNumber(this.#send([kind, first, second, third])),
    )
    const seed = context.newString(this.#settings.seed)
    const inner = context.unwrapResult(context.callFunction(made, context.undefined, send, seed))
    const part = (name: string): QuickJSHandle => context.getProp(inner, name)
    return { deliver: part('deliver'), describe: part('describe'), result: part('result') }
  }

  /** What the script's side hands out. Never throws: an error of ours would be shown to the script. */
  #send(handles: readonly (QuickJSHandle | undefined)[]): number {
    try {
      const [kind, first, second, third] = handles.map((handle) =>
        this.#text(handle, Number.MAX_SAFE_INTEGER),
      )
      if (typeof kind !== 'string' || typeof first !== 'string') return 0
      if (kind === 'log') return this.#log(first)
      if (kind === 'capabilities') return this.#ask({ kind })
      if (kind !== 'call' || typeof second !== 'string' || typeof third !== 'string') return 0
      return this.#ask({ kind, driver: first, selector: second, arguments: third })
    } catch (problem) {
      this.#fault = problem instanceof Error ? problem.message.slice(0, 300) : 'failed'
      return 0
    }
  }

  #log(text: string): number {
    const line = text.slice(0, machineLimits.logLength).toWellFormed()
    this.#logged += line.length
    if (this.#logged > machineLimits.logTotal) return 0
    this.#host.log(line)
    return 0
  }

  #ask(ask: Ask): number {
    const bytes = ask.kind === 'call' ? Buffer.byteLength(ask.arguments) : 0
    if (ask.kind === 'call' && (!isWord(ask.driver) || !isWord(ask.selector))) return 0
    if (bytes > machineLimits.argumentBytes || this.#outstanding.size >= machineLimits.outstanding) return 0
    if (this.#outstandingBytes + bytes > machineLimits.outstandingBytes) return 0
    if (this.#issued >= this.#settings.syscalls) {
      this.#isOverSyscalls = true
      return 0
    }
    this.#issued += 1
    this.#outstanding.set(this.#issued, bytes)
    this.#outstandingBytes += bytes
    this.#host.ask(this.#issued, ask)
    return this.#issued
  }
}

function isWord(text: string): boolean {
  return text.length <= machineLimits.wordLength && text.isWellFormed()
}

/** Loads the engine and furnishes it. Throws when the engine cannot be loaded. */
export async function loadMachine(settings: MachineSettings, host: MachineHost): Promise<Machine> {
  const initial = 256
  // The engine's own data and the free list lie beside what the script may use.
  const maximum = initial + Math.ceil((settings.memoryMiB * 1_048_576 * 1.25) / pageBytes)
  const emscriptenModule = { wasmMemory: newMemory(initial, maximum), print, printErr: print }
  // The package's declarations take its default export for that of a CommonJS module, which it is not here.
  const variant = newVariant(quickjsVariant as unknown as QuickJSSyncVariant, { emscriptenModule })
  const quickjs = await newQuickJSWASMModuleFromVariant(variant)
  return new Machine(quickjs.newRuntime(), settings, host)
}

/** Linear memory between so many pages. Neither the language's nor Node's declarations know WebAssembly. */
function newMemory(initial: number, maximum: number): object {
  interface Pages {
    readonly initial: number
    readonly maximum: number
  }
  const { Memory } = (
    globalThis as unknown as { readonly WebAssembly: { readonly Memory: new (pages: Pages) => object } }
  ).WebAssembly
  return new Memory({ initial, maximum })
}

/** The engine prints nothing: standard output carries the worker's frames. */
function print(): void {}
