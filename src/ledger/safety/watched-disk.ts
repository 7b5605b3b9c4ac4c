/**
 * The disk of a mirror, which may go away while its files are open: what is written to a file that was removed
 * succeeds and is kept nowhere. So whenever a checkpoint is written, which is once a second while anything happens,
 * every open file must still be the one that has its name.
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { checkpointsFile } from '../format.ts'
import type { Disk, DiskFile } from '../port.ts'

/** `disk`, which is the folder `folder`; the write of a checkpoint fails once a file is not where it was. */
export function watchedDisk(disk: Disk, folder: string): Disk {
  const inodes = new Map<string, number | null>()
  const inodeOf = (name: string): number | null => {
    try {
      return statSync(join(folder, name)).ino
    } catch {
      return null
    }
  }
  const isGone = ([name, inode]: readonly [string, number | null]): boolean =>
    inode === null || inodeOf(name) !== inode
  const watched = (file: DiskFile): DiskFile => {
    inodes.set(file.name, inodeOf(file.name))
    return {
      ...file,
      write(offset, bytes, done) {
        const gone = file.name === checkpointsFile ? [...inodes].find(isGone) : undefined
        if (gone === undefined) return file.write(offset, bytes, done)
        const message = `${join(folder, gone[0])} is not there any more, or is another file`
        queueMicrotask(() => done({ code: 'io', message }))
      },
      close() {
        inodes.delete(file.name)
        file.close()
      },
    }
  }
  return {
    ...disk,
    open(name) {
      const file = disk.open(name)
      return file && watched(file)
    },
    create: (name, length, done) =>
      disk.create(name, length, (file) => done('code' in file ? file : watched(file))),
  }
}
