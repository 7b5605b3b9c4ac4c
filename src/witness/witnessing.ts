/**
 * Brings the tree heads of one domain to its witnesses, each at its own pace, and keeps what they cosigned. Runs
 * beside the kernel and never in it: the kernel's process has no way to the network, and this one has no key.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EvidenceFolder } from '../ledger/evidence/evidence-folder.ts'
import { checkpointPath } from '../ledger/evidence/head-keeper.ts'
import { newestNote, NoteFile } from '../ledger/evidence/note-file.ts'
import { parseNote } from '../ledger/evidence/note.ts'
import { folderTiles } from '../ledger/evidence/tile-store.ts'
import { parseTreeHead } from '../ledger/evidence/tree-head.ts'
import { askWitness } from './ask-witness.ts'
import type { ConfiguredWitness, WitnessStanding } from './configured-witnesses.ts'
import { readStandings, readWitnesses, writeStandings } from './configured-witnesses.ts'
import { submitHead } from './submit.ts'

/** How often is looked for a new head, for other witnesses, and how long after a failure is waited. */
const pace = { lookMs: 100, witnessesMs: 1_000, retryMs: 2_000, longestRetryMs: 30_000 } as const

/** The newest tree head as the kernel signed it, or null before the first. */
export function newestHead(place: EvidenceFolder): { readonly note: string; readonly size: number } | null {
  const note = readText(join(place.tree, checkpointPath)) ?? newestNote(place.heads)
  const parsed = note === null ? null : parseNote(note)
  const head = parsed?.ok === true ? parseTreeHead(parsed.value.text) : null
  return note === null || head?.ok !== true ? null : { note, size: head.value.size }
}

/** The witnessing of one domain. */
export class Witnessing {
  readonly #place: EvidenceFolder
  readonly #remark: (line: string) => void
  readonly #standings: Map<string, WitnessStanding>
  #cosigned: NoteFile | null = null

  constructor(place: EvidenceFolder, remark: (line: string) => void) {
    this.#place = place
    this.#remark = remark
    this.#standings = new Map(readStandings(place.state))
  }

  /** Goes on until `signal`. Every witness has a loop of its own: one that does not answer keeps no other waiting. */
  async run(signal: AbortSignal): Promise<void> {
    const loops = new Map<string, AbortController>()
    while (!signal.aborted) {
      const witnesses = readWitnesses(this.#place.witnesses)
      if (!witnesses.ok) this.#complain(witnesses.error)
      else {
        const wanted = new Map(witnesses.value.map((witness) => [`${witness.word} ${witness.url}`, witness]))
        for (const [name, loop] of loops) {
          if (wanted.has(name)) continue
          loop.abort()
          loops.delete(name)
        }
        for (const [name, witness] of wanted) {
          if (loops.has(name)) continue
          const loop = new AbortController()
          loops.set(name, loop)
          void this.#loop(witness, AbortSignal.any([signal, loop.signal]))
        }
      }
      // oxlint-disable-next-line no-await-in-loop -- a pause
      await pause(pace.witnessesMs, signal)
    }
  }

  async #loop(witness: ConfiguredWitness, signal: AbortSignal): Promise<void> {
    let waitMs: number = pace.lookMs
    while (!signal.aborted) {
      // oxlint-disable-next-line no-await-in-loop -- one head at a time
      const isDone = await this.#bring(witness)
      waitMs = isDone ? pace.lookMs : Math.min(Math.max(pace.retryMs, waitMs * 2), pace.longestRetryMs)
      // oxlint-disable-next-line no-await-in-loop -- a pause
      await pause(waitMs, signal)
    }
  }

  /** True when the witness has the newest head. Never rejects. */
  async #bring(witness: ConfiguredWitness): Promise<boolean> {
    const { name } = witness.key
    const standing = this.#standings.get(name) ?? { size: 0, at: 0, problem: null }
    try {
      const head = newestHead(this.#place)
      if (head === null || (head.size === standing.size && standing.problem === null)) return true
      const tiles = folderTiles(this.#place.tree)
      const submission = { note: head.note, tiles, witness: witness.key, oldSize: standing.size }
      const answer = await submitHead(submission, (body) => askWitness(witness.url, 'add-checkpoint', body))
      if (!answer.ok) return this.#failed(name, standing, answer.error)
      this.#cosigned ??= new NoteFile(this.#place.cosigned)
      this.#cosigned.append(answer.value.note)
      this.#stand(name, { size: head.size, at: answer.value.at, problem: null })
      return true
    } catch (problem) {
      const message = problem instanceof Error ? problem.message : String(problem)
      return this.#failed(name, standing, { code: 'fault', message })
    }
  }

  #failed(name: string, standing: WitnessStanding, problem: { code: string; message: string }): boolean {
    if (standing.problem?.message === problem.message) return false
    this.#stand(name, { ...standing, problem })
    return this.#complain(`witness ${name}: ${problem.message}`)
  }

  #complain(line: string): false {
    this.#remark(line)
    return false
  }

  #stand(name: string, standing: WitnessStanding): void {
    this.#standings.set(name, standing)
    try {
      writeStandings(this.#place.state, this.#standings)
    } catch (problem) {
      this.#complain(`it cannot be noted how it stands with ${name}: ${String(problem)}`)
    }
  }
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined)
}
