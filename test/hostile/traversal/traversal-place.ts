/** A folder that a server is given, with secrets beside it and links that lead to them. */
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Landmarks } from './spellings.ts'

/** What must not come out. */
export const canary = 'CANARY of a file beside the folder'

const beside = ['secret/secret.txt', 'given-secret/secret.txt', 'given2/secret.txt'] as const

/** Lays everything out below a folder, which the caller removes. */
export class TraversalPlace implements Landmarks {
  readonly root: string
  readonly given: string
  readonly secret: string

  /** `root`: canonical, empty. */
  constructor(root: string) {
    this.root = root
    this.given = join(root, 'given')
    this.secret = join(root, 'secret/secret.txt')
    mkdirSync(join(this.given, 'sub'), { recursive: true })
    // Root's boundaries on the lowest rung have a user of their own.
    for (const folder of [this.given, join(this.given, 'sub')]) chmodSync(folder, 0o777)
    writeFileSync(join(this.given, 'in.txt'), 'inside')
    const links = {
      link: join(root, 'secret'),
      'link.txt': this.secret,
      chain: 'link',
      up: '..',
      neighbour: '../given-secret',
      root: '/',
      process: '/proc/self/root',
    }
    for (const [name, target] of Object.entries(links)) symlinkSync(target, join(this.given, name))
    this.restore()
  }

  /** The secrets as they were. */
  restore(): void {
    for (const file of beside) {
      mkdirSync(join(this.root, dirname(file)), { recursive: true })
      writeFileSync(join(this.root, file), canary)
    }
  }

  /** The first secret that was written to, or null. */
  changed(): string | null {
    return beside.find((file) => readFileSync(join(this.root, file), 'utf8') !== canary) ?? null
  }
}
