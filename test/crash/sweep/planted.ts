/**
 * Rules of the ledger broken on purpose: the proof that the sweep and the rot campaign would find it. Each is one
 * exact replacement in one source file as it is loaded; one that no longer fits fails loudly.
 */
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

interface PlantedFault {
  /** What must find it. */
  readonly foundBy: 'sweep' | 'rot'
  /** The scenario of the sweep that finds it. */
  readonly scenario?: string
  /** End of the path of the file. */
  readonly file: string
  readonly find: string
  readonly replace: string
}

/** Names of the faults that can be planted. */
export const plantedNames = [
  'skip-fsync',
  'ignore-short-write',
  'ignore-failure',
  'heal-poison',
  'late-blobs',
  'forget-head',
  'deaf-mirror',
  'cut-hash',
  'cut-doubt',
  'cut-damage',
  'trust-rollback',
  'blind-mirror',
] as const

/** One of them. */
export type PlantedName = (typeof plantedNames)[number]

const faults: { readonly [N in PlantedName]: PlantedFault } = {
  // What is acknowledged is still on its way to the disk.
  'skip-fsync': {
    foundBy: 'sweep',
    scenario: 'the first event',
    file: 'test/crash/sweep/fault-disk.ts',
    find: '      later(() => {\n        if (poison',
    replace:
      '      const told = done\n      queueMicrotask(() => told(null))\n      done = () => undefined\n      later = (run, left = 60) => queueMicrotask(() => (left <= 1 ? run() : later(run, left - 1)))\n      later(() => {\n        if (poison',
  },
  // A write that took only some of its bytes passes for one that took all.
  'ignore-short-write': {
    foundBy: 'sweep',
    scenario: 'the first event',
    file: 'test/crash/sweep/fault-disk.ts',
    find: '(failure) => {\n          poison = failure\n',
    replace: '(failed) => {\n          const failure = failed === null ? null : poison\n',
  },
  // A failed write passes for a durable one.
  'ignore-failure': {
    foundBy: 'sweep',
    scenario: 'batches of several sizes',
    file: 'src/ledger/segment-log.ts',
    find: '{ ...at, offset: at.offset + length })\n      this.#finish(failure, done)',
    replace: '{ ...at, offset: at.offset + length })\n      this.#finish(null, done)',
  },
  // A file that failed is written again.
  'heal-poison': {
    foundBy: 'sweep',
    scenario: 'the first event',
    file: 'src/ledger/segment-log.ts',
    find: 'if (failure !== null) queueMicrotask(() => done(failure))\n    return failure !== null',
    replace: 'return false',
  },
  // Events are durable before the payloads that they name.
  'late-blobs': {
    foundBy: 'sweep',
    scenario: 'large payloads',
    file: 'src/ledger/segment-log.ts',
    find: '      if (failure === null) this.#place(events.length, length, done)\n      else',
    replace: '      this.#place(events.length, length, done)\n      if (this.#closed)',
  },
  'forget-head': {
    foundBy: 'sweep',
    scenario: 'a checkpoint after each batch',
    file: 'src/ledger/segment-log.ts',
    find: 'if (failure !== null || this.#headRecord === null) return finish(failure)',
    replace: 'if (failure !== null || this.#headRecord !== null) return finish(failure)',
  },
  // The ledger goes on although its mirror did not take what it acknowledges.
  'deaf-mirror': {
    foundBy: 'sweep',
    scenario: 'a mirror from the first event on',
    file: 'src/ledger/safety/mirrored-disk.ts',
    find: 'other === null ? null : lose(other)',
    replace: 'null',
  },
  // A batch whose hash lost its last bytes passes for one that was never written.
  'cut-hash': {
    foundBy: 'sweep',
    scenario: 'the end of a hash is completed',
    file: 'src/ledger/unfinished.ts',
    find: 'return isCut ?',
    replace: 'return isCut && end < 0 ?',
  },
  // Recovery cuts at the first bad record.
  'cut-doubt': {
    foundBy: 'rot',
    file: 'src/ledger/scan.ts',
    find: 'const doubt = isKnown ? null : tail.why',
    replace: 'const doubt = null',
  },
  'cut-damage': {
    foundBy: 'rot',
    file: 'src/ledger/unfinished.ts',
    find: "    return { is: 'damaged', why:",
    replace: "    return { is: 'unfinished', why:",
  },
  // A ledger that is older than its head record passes.
  'trust-rollback': {
    foundBy: 'rot',
    file: 'src/ledger/safety/head-record.ts',
    find: '  if (number > newestHere + 1)\n',
    replace: '  if (number < 0)\n',
  },
  // The mirror is written and never read.
  'blind-mirror': {
    foundBy: 'rot',
    file: 'src/ledger/safety/heal-segment.ts',
    find: 'const copies = [first, second]',
    replace: 'const copies = [first ?? second, null]',
  },
}

/** True for the name of a planted fault. */
export function isPlanted(name: string): name is PlantedName {
  return Object.hasOwn(faults, name)
}

/** Which campaign must find it. */
export function foundBy(name: PlantedName): 'sweep' | 'rot' {
  return faults[name].foundBy
}

/** The scenario of the sweep that finds it. */
export function scenarioOf(name: PlantedName): string | undefined {
  return faults[name].scenario
}

/** True when the replacement still fits its file. */
export function fitsItsSource(name: PlantedName): boolean {
  const { file, find } = faults[name]
  return readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8').split(find).length === 2
}

/** Plants it in what this process loads from now on. */
export function plant(name: PlantedName): void {
  const { file, find, replace } = faults[name]
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context)
      if (!url.endsWith(file)) return loaded
      const source = Buffer.from(loaded.source as Uint8Array).toString('utf8')
      if (source.split(find).length !== 2) throw new Error(`the fault ${name} no longer fits ${file}`)
      return { ...loaded, source: source.replace(find, () => replace) }
    },
  })
}
