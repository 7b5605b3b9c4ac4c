/**
 * Two folders as one disk: what is written is durable when it is in both. Reading is from the first. The second
 * is written while the first is, so a commit takes about as long as the slower of the two.
 */
import type { Disk, DiskFailure, DiskFile } from '../port.ts'

/** What becomes of writing when the mirror fails: null, it fails as well; otherwise it goes on and this is told. */
export type MirrorLost = ((failure: DiskFailure) => void) | null

type Done = (failure: DiskFailure | null) => void

/** `main` and `mirror` as one. Both hold the same files: see `reconcile`. */
export function mirroredDisk(main: Disk, mirror: Disk, onLost: MirrorLost): Disk {
  let isLost = false
  const lose = (failure: DiskFailure): DiskFailure | null => {
    if (onLost === null) return { code: failure.code, message: `the mirror: ${failure.message}` }
    if (!isLost) onLost(failure)
    isLost = true
    return null
  }
  const pair = (first: DiskFile, second: DiskFile | null): DiskFile => ({
    name: first.name,
    length: first.length,
    read: (offset, length) => first.read(offset, length),
    write(offset, bytes, done) {
      const target = isLost ? null : second
      if (target === null) return first.write(offset, bytes, done)
      const both = joined((own, other) => done(own ?? (other === null ? null : lose(other))))
      target.write(offset, bytes, both.second)
      first.write(offset, bytes, both.first)
    },
    close() {
      first.close()
      second?.close()
    },
  })
  return {
    list: () => main.list(),
    open(name) {
      const first = main.open(name)
      const second = isLost || first === null ? null : mirror.open(name)
      // What is in one only is being created: `create` brings the other one about.
      if (first !== null && second === null && !isLost) return (first.close() as undefined) ?? null
      return first && pair(first, second)
    },
    create(name, length, done) {
      obtain(main, name, length, (first) => {
        if ('code' in first) return done(first)
        if (isLost) return done(pair(first, null))
        obtain(mirror, name, length, (second) => {
          const failure = 'code' in second ? lose(second) : null
          if (failure === null) return done(pair(first, 'code' in second ? null : second))
          first.close()
          done(failure)
        })
      })
    },
  }
}

function obtain(
  disk: Disk,
  name: string,
  length: number,
  done: (file: DiskFile | DiskFailure) => void,
): void {
  const there = disk.open(name)
  if (there === null) disk.create(name, length, done)
  else queueMicrotask(() => done(there))
}

/** Calls `done` once both have ended, with how each did. */
function joined(done: (first: DiskFailure | null, second: DiskFailure | null) => void): {
  readonly first: Done
  readonly second: Done
} {
  const ended: [DiskFailure | null | undefined, DiskFailure | null | undefined] = [undefined, undefined]
  const end = (index: 0 | 1) => (failure: DiskFailure | null) => {
    ended[index] = failure
    const [first, second] = ended
    if (first !== undefined && second !== undefined) done(first, second)
  }
  return { first: end(0), second: end(1) }
}
