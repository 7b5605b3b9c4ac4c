/** The files below a folder that others write to meanwhile: what is gone before it can be read is not there. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A file, and what is in it. */
export interface PresentFile {
  readonly path: string
  readonly content: Buffer
}

/** Every file below `folder`, at any depth; links are not followed. Throws where a file may not be read. */
export function* filesUnder(folder: string): Generator<PresentFile> {
  for (const entry of present(() => readdirSync(folder, { withFileTypes: true })) ?? []) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesUnder(path)
    if (!entry.isFile()) continue
    const content = present(() => readFileSync(path))
    if (content !== null) yield { path, content }
  }
}

function present<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
