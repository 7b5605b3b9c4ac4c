/**
 * One operating-system process that judges: it loads test files once and runs single tests of them under the mutant
 * that it is told. Everything is loaded and compiled by then, which makes most mutants a matter of milliseconds.
 * With a mutant in its environment from the start it judges that one only, loading included.
 */
import { registerHooks } from 'node:module'
import { configureGlobal } from 'fast-check'
import type { CollectedTest } from './collected-tests.ts'
import { takeDeclared } from './collected-tests.ts'
import type { JudgingFile, JudgingReply, JudgingRequest, JudgingTest, TestPlace } from './judging-message.ts'

/** What the switches of the mutated files look at. */
interface Switchboard {
  /** Met mutants, where they are noted. */
  readonly __custosMet__?: Set<string>
  __stryker__?: { activeMutant?: string | undefined }
}

const switchboard = globalThis as Switchboard
const standIn = new URL('collected-tests.ts', import.meta.url).href
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'node:test' ? { url: standIn, shortCircuit: true } : next(specifier, context),
})
/** A property that fails is not shrunk, and is tried with the same values each time. */
configureGlobal({ seed: 1, endOnFailure: true })
const loaded = new Map<string, readonly CollectedTest[]>()

async function testsOf(file: string): Promise<readonly CollectedTest[]> {
  const known = loaded.get(file)
  if (known !== undefined) return known
  await import(new URL(`../../${file}`, import.meta.url).href)
  const declared = takeDeclared()
  loaded.set(file, declared)
  return declared
}

/** Takes what was met since the last time. */
function takeMet(): readonly string[] {
  const met = [...(switchboard.__custosMet__ ?? [])]
  switchboard.__custosMet__?.clear()
  return met
}

async function read(file: string): Promise<JudgingFile> {
  takeMet()
  const tests: JudgingTest[] = []
  const failed: string[] = []
  const declared = await testsOf(file).catch((error: unknown) => {
    failed.push(String(error))
    return []
  })
  const meetsAtLoad = takeMet()
  for (const [index, { name, run }] of declared.entries()) {
    const startedAt = performance.now()
    const passed = await passes(run)
    const takesMs = performance.now() - startedAt
    const meets = takeMet()
    if (passed) tests.push({ file, index, name, takesMs, meets })
    else failed.push(name)
  }
  return { file, meetsAtLoad, tests, failed }
}

async function passes(run: () => unknown): Promise<boolean> {
  try {
    await run()
    return true
  } catch {
    return false
  }
}

/** A file that cannot be loaded under a mutant has noticed it. */
async function passesAt({ file, index }: TestPlace): Promise<boolean> {
  return passes(async () => {
    const test = (await testsOf(file))[index]
    if (test === undefined) throw new Error('no such test')
    await test.run()
  })
}

async function judge(mutant: string, tests: readonly TestPlace[]): Promise<JudgingReply> {
  const board = (switchboard.__stryker__ ??= {})
  const isForGood = process.env['__STRYKER_ACTIVE_MUTANT__'] !== undefined
  for (const [place, test] of tests.entries()) {
    say({ is: 'at', place })
    if (!isForGood) board.activeMutant = mutant
    const passed = await passesAt(test)
    if (!isForGood) board.activeMutant = ''
    if (passed) continue
    return { is: 'judged', failedAt: place, isSpoiled: !isForGood && !(await passesAt(test)) }
  }
  return { is: 'judged', failedAt: null, isSpoiled: false }
}

function say(reply: JudgingReply): void {
  process.send?.(reply)
}

process.on('message', async (request: JudgingRequest) => {
  if (request.do === 'read') say({ is: 'read', file: await read(request.file) })
  else say(await judge(request.mutant, request.tests))
})
