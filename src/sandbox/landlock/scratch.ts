/**
 * The private folder of a program on this rung, in place of the empty `/tmp` and home that namespaces would give
 * it, and the user it runs as. Whoever starts as root gives every program a user of its own, to whom nothing else
 * on the machine belongs.
 */
import { randomInt } from 'node:crypto'
import { chmodSync, chownSync, closeSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { Boundary } from '../boundary.ts'
import { authorityBundle } from '../bubblewrap/environment.ts'
import { openFolder } from '../changes/held-folder.ts'
import { removeTreeAt } from '../changes/remove-tree.ts'

/** What was made for one program. */
export interface Scratch {
  /** The folder that only the program can write to. */
  readonly folder: string
  readonly temporary: string
  readonly home: string
  /** Files in it with the authorities that programs are told to trust; empty without one. */
  readonly authority: string
  readonly authorities: string
  readonly uid: number
  readonly gid: number
  /** Takes the folder away. Never throws. */
  remove(): void
}

/** Ordinary numbers of users and what systems set aside for containers lie below. */
const firstUser = 0x70000000
const users = 0x0ff00000

/** Makes the folder. */
export function makeScratch({ authority }: Boundary): Scratch {
  const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
  const fresh = firstUser + randomInt(users)
  const { uid, gid } = own.uid === 0 ? { uid: fresh, gid: fresh } : own
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'custos-run-')))
  const [temporary, home] = [join(folder, 'tmp'), join(folder, 'home')]
  for (const path of [temporary, home]) mkdirSync(path, { mode: 0o700 })
  const files = { authority: '', authorities: '' }
  if (authority !== undefined) {
    files.authority = join(folder, 'authority.pem')
    files.authorities = join(folder, 'authorities.pem')
    writeFileSync(files.authority, authority, { mode: 0o444 })
    writeFileSync(files.authorities, authorityBundle(authority), { mode: 0o444 })
  }
  if (own.uid === 0) for (const path of [temporary, home, folder]) chownSync(path, uid, gid)
  chmodSync(folder, 0o700)
  const remove = (): void => removeScratch(folder)
  return { folder, temporary, home, ...files, uid, gid, remove }
}

/** The program may have made folders that nobody can enter, or deeper ones than a path can say. */
function removeScratch(folder: string): void {
  let parent: number | null = null
  try {
    parent = openFolder(dirname(folder))
    removeTreeAt(parent, basename(folder))
  } catch {
    // Something is left in the folder for temporary files, and that is no reason to end anything else.
  } finally {
    if (parent !== null) closeSync(parent)
  }
}
