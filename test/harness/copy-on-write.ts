/**
 * A folder with a private copy-on-write view of it, made by the kernel's own overlay, for tests of what reads
 * and commits its store. Scripts run in the view as a program of a run would; the boundary round them is not
 * what these tests are about.
 */
import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  lstatSync,
  realpathSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFolder } from '../../src/sandbox/changes/held-folder.ts'
import { removeTreeAt } from '../../src/sandbox/changes/remove-tree.ts'
import { closeSync } from 'node:fs'
import { basename, dirname } from 'node:path'

/** One folder and its store. Dispose of it. */
export interface CopyOnWrite extends Disposable {
  readonly folder: string
  /** Where a run keeps its things; `store` lies in it. */
  readonly run: string
  readonly store: string
  /** Runs a shell script in the folder itself. */
  outside(script: string): void
  /** Runs a shell script in the view. Throws with what it said when it fails. */
  inside(script: string): void
}

/** Makes one below the system's temporary folder. */
export function copyOnWrite(): CopyOnWrite {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'custos-view-')))
  const [folder, run, merged] = [join(base, 'folder'), join(base, 'run'), join(base, 'merged')]
  const store = join(run, 'store')
  for (const made of [folder, run, merged, store, join(store, 'upper'), join(store, 'work')]) mkdirSync(made)
  const options = `lowerdir=${folder},upperdir=${store}/upper,workdir=${store}/work,userxattr`
  return {
    folder,
    run,
    store,
    outside: (script) => shell('sh', ['-euc', script], folder),
    inside: (script) =>
      shell(
        'unshare',
        [
          '-Ur',
          '-m',
          'sh',
          '-euc',
          `mount -t overlay overlay -o ${options} ${merged}; cd ${merged}; eval "$0"`,
          script,
        ],
        base,
      ),
    [Symbol.dispose]: () => removeFolder(base),
  }
}

function shell(command: string, args: readonly string[], cwd: string): void {
  const done = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`${args.at(-1)}\n${done.stderr}`)
}

/** Removes a folder whatever is in it. */
export function removeFolder(path: string): void {
  const parent = openFolder(dirname(path))
  try {
    removeTreeAt(parent, basename(path))
  } finally {
    closeSync(parent)
  }
}

/** Everything in a folder as sorted lines of path, kind, mode and contents, to compare two of them. */
export function picture(folder: string, path = ''): readonly string[] {
  return readdirSync(join(folder, path)).flatMap((name) => {
    const below = path === '' ? name : `${path}/${name}`
    const full = join(folder, below)
    const stats = lstatSync(full)
    const mode = (stats.mode & 0o7777).toString(8)
    if (stats.isSymbolicLink()) return [`${below} -> ${readlinkSync(full)}`]
    if (stats.isDirectory()) return [`${below}/ ${mode}`, ...picture(folder, below)]
    return [`${below} ${mode} ${stats.isFile() ? readFileSync(full, 'latin1') : 'special'}`]
  })
}
