/**
 * The plan of a file system in the words of bubblewrap. Every temporary folder is bounded, and everything that is
 * made only to hold other things is read-only in the end.
 */
import type { LayoutStep } from './layout.ts'
import { ownFolder } from './layout.ts'

const mebibyte = 1_048_576
const sharedMemoryMiB = 256

/** Words for `/proc` and for a `/dev` of harmless devices, of which only shared memory is written to. */
export function systemWords(diskMiB: number): readonly string[] {
  const size = Math.min(diskMiB, sharedMemoryMiB) * mebibyte
  const memory = `--size ${size} --perms 1777 --tmpfs /dev/shm`
  return `--proc /proc --dev /dev ${memory} --remount-ro /dev`.split(' ')
}

/** Words for `steps`. `places` says where something is prepared instead of at its own path. */
export function layoutWords(
  steps: readonly LayoutStep[],
  places: ReadonlyMap<string, string>,
  diskMiB: number,
): readonly string[] {
  const covers = steps.flatMap((step) => (step.kind === 'cover' && step.isFolder ? [step.path] : []))
  return [
    ...steps.flatMap((step) => stepWords(step, places, diskMiB)),
    ...`--perms 0700 --dir ${ownFolder}`.split(' '),
    ...covers.flatMap((path) => ['--remount-ro', path]),
  ]
}

function stepWords(
  step: LayoutStep,
  places: ReadonlyMap<string, string>,
  diskMiB: number,
): readonly string[] {
  const { path } = step
  const source = places.get(path) ?? path
  switch (step.kind) {
    case 'show':
      return [step.isWritable ? '--bind' : '--ro-bind', source, path]
    case 'view':
      return ['--bind', source, path]
    case 'link':
      return ['--symlink', step.target, path]
    case 'folder':
      return ['--perms', octal(step.mode), '--dir', path]
    case 'temporary':
      return ['--size', String(diskMiB * mebibyte), '--perms', octal(step.mode), '--tmpfs', path]
    case 'cover':
      // A device that cannot be opened, because no device can be opened through such a mount.
      return step.isFolder ? ['--perms', '0755', '--tmpfs', path] : ['--ro-bind', '/dev/null', path]
  }
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}
