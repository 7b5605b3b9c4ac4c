/**
 * A copy of the product that a test may change, with a home of its own that is used through that copy's `custos`.
 * The other tests' product stays as it is.
 */
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CommandLineHome } from '../../harness/command-line-home.ts'

const clone = fileURLToPath(new URL('../../..', import.meta.url))

/** One copy and its home. */
export class ProductCopy {
  readonly at: CommandLineHome
  readonly root: string

  constructor() {
    const placeholder = new CommandLineHome()
    this.root = join(placeholder.folder, 'product')
    mkdirSync(this.root)
    for (const name of ['src', 'canon', 'package.json']) {
      cpSync(join(clone, name), join(this.root, name), {
        recursive: true,
        filter: (path) => !path.endsWith('.test.ts'),
      })
    }
    symlinkSync(join(clone, 'node_modules'), join(this.root, 'node_modules'))
    this.at = placeholder.through(join(this.root, 'src', 'cli', 'main.ts'))
  }

  /** Flips one bit of a file, and gives back what puts it right again. */
  flip(path: string, bit: number): () => void {
    const bytes = readFileSync(path)
    const flipped = Buffer.from(bytes)
    const at = (bit >> 3) % bytes.length
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (bit & 7))
    writeFileSync(path, flipped)
    return () => writeFileSync(path, bytes)
  }
}

/** Runs `test` with a product of its own, and leaves nothing behind. */
export async function withProductCopy(test: (copy: ProductCopy) => Promise<void>): Promise<void> {
  const copy = new ProductCopy()
  try {
    await test(copy)
  } finally {
    await copy.at.remove()
  }
}
