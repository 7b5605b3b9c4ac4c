/**
 * What a unit writes for people, kept in two files of bounded size: `NAME.log` and, when that is full, the one
 * before it as `NAME.log.1`. A unit that writes without end fills neither the disk nor the supervisor's time:
 * it is read no faster than a fixed pace and then has to wait.
 */
import { createWriteStream, renameSync } from 'node:fs'
import type { WriteStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'

const maxFileBytes = 1_048_576
const paceBytes = 262_144
const paceMs = 50

/** One unit's log. */
export class UnitLog {
  readonly #path: string
  #file: WriteStream
  #bytes = 0

  /** Starts a new file; the one of the incarnation before is kept beside it. */
  constructor(path: string) {
    this.#path = path
    this.#file = this.#open()
  }

  /** Takes everything that `stream` gives until it ends. A full disk loses lines, nothing else. */
  async follow(stream: Readable): Promise<void> {
    let sincePause = 0
    try {
      for await (const chunk of stream as AsyncIterable<Uint8Array>) {
        await this.#write(chunk)
        sincePause += chunk.length
        if (sincePause < paceBytes) continue
        sincePause = 0
        await setTimeout(paceMs)
      }
    } catch {
      // The pipe broke with the unit.
    }
  }

  /** Adds a line of the supervisor's own. */
  note(line: string): void {
    void this.#write(Buffer.from(`custos: ${line}\n`))
  }

  /** Ends the file. */
  close(): void {
    this.#file.end()
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#file.destroyed || this.#file.writableEnded) return
    if (this.#bytes + bytes.length > maxFileBytes) {
      this.#file.end()
      this.#file = this.#open()
    }
    this.#bytes += bytes.length
    if (!this.#file.write(bytes) && !this.#file.destroyed) await this.#room()
  }

  #room(): Promise<void> {
    const file = this.#file
    return new Promise((resolve) => {
      const done = (): void => {
        file.off('drain', done)
        file.off('close', done)
        resolve()
      }
      file.once('drain', done)
      file.once('close', done)
    })
  }

  #open(): WriteStream {
    try {
      renameSync(this.#path, `${this.#path}.1`)
    } catch {
      // There was none.
    }
    this.#bytes = 0
    const file = createWriteStream(this.#path, { mode: 0o600 })
    file.on('error', () => file.destroy())
    return file
  }
}
