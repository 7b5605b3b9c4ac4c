/**
 * A folder as text: one line for everything in it, sorted, with the digest of every file. The text is what is
 * digested when a folder is pinned, so a kept copy of it proves itself and can say which file differs. Links
 * are never followed: where they lead is part of the text, and what lies there is not.
 */
import { createHash } from 'node:crypto'
import type { Dirent } from 'node:fs'
import { createReadStream } from 'node:fs'
import { lstat, readFile, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256Hex } from '../base/hash.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'

/** Bounds on what can be pinned. */
export const codeLimits = {
  entries: 65_536,
  bytes: 2_147_483_648,
  depth: 64,
  /** Files read at once. */
  readers: 16,
  /** Files larger than this are read in pieces. */
  wholeBytes: 1_048_576,
} as const

/** Something in the folder, before files are read. */
interface Entry {
  readonly path: string
  readonly kind: 'file' | 'folder' | 'link'
}

/**
 * The listing of `folder`, or a sentence saying why there is none. A line is `file DIGEST x|- "PATH"`,
 * `link "PATH" "TARGET"` or `folder "PATH"`, with paths relative to the folder, as JSON, in code unit order.
 */
export async function listCode(folder: string): Promise<Result<string, string>> {
  try {
    const entries = await entriesOf(folder)
    if (!entries.ok) return entries
    const { value } = entries
    value.sort((a, b) => (a.path < b.path ? -1 : 1))
    return await linesOf(folder, value)
  } catch (problem) {
    return err(`${folder} cannot be read: ${reasonOf(problem)}`)
  }
}

/** SHA-256 in hex of a file's bytes. Rejects when it cannot be read. */
export async function digestFile(path: string, bytes: number): Promise<string> {
  if (bytes <= codeLimits.wholeBytes) return sha256Hex(await readFile(path))
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 262_144 })) {
    hash.update(chunk as Uint8Array)
  }
  return hash.digest('hex')
}

/** What went wrong, in a few words. */
export function reasonOf(problem: unknown): string {
  return problem instanceof Error ? ((problem as NodeJS.ErrnoException).code ?? problem.message) : 'unknown'
}

async function entriesOf(folder: string): Promise<Result<Entry[], string>> {
  const entries: Entry[] = []
  let level = ['']
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > codeLimits.depth) return err(`${folder} is nested more than ${codeLimits.depth} folders deep`)
    const deeper: string[] = []
    for (const inside of level) {
      for (const found of await readdir(join(folder, inside), { withFileTypes: true })) {
        const path = inside === '' ? found.name : `${inside}/${found.name}`
        const kind = kindOf(found)
        if (kind === null) return err(`${join(folder, path)} is neither a file, a folder nor a link`)
        entries.push({ path, kind })
        if (kind === 'folder') deeper.push(path)
        if (entries.length > codeLimits.entries) {
          return err(`${folder} holds more than ${codeLimits.entries} files and folders`)
        }
      }
    }
    level = deeper
  }
  return ok(entries)
}

function kindOf(found: Dirent): Entry['kind'] | null {
  if (found.isFile()) return 'file'
  if (found.isDirectory()) return 'folder'
  return found.isSymbolicLink() ? 'link' : null
}

async function linesOf(folder: string, entries: readonly Entry[]): Promise<Result<string, string>> {
  const lines: string[] = []
  let next = 0
  let bytes = 0
  async function read(): Promise<void> {
    for (let at = next++; at < entries.length && bytes <= codeLimits.bytes; at = next++) {
      const entry = entries[at] as Entry
      const described = await describe(folder, entry)
      bytes += described.bytes
      lines[at] = described.line
    }
  }
  await Promise.all(Array.from({ length: codeLimits.readers }, read))
  if (bytes > codeLimits.bytes) return err(`${folder} holds more than ${codeLimits.bytes} bytes`)
  return ok(lines.join(''))
}

async function describe(folder: string, { path, kind }: Entry): Promise<{ line: string; bytes: number }> {
  const whole = join(folder, path)
  const name = JSON.stringify(path)
  if (kind === 'folder') return { line: `folder ${name}\n`, bytes: 0 }
  if (kind === 'link') return { line: `link ${name} ${JSON.stringify(await readlink(whole))}\n`, bytes: 0 }
  const { size, mode } = await lstat(whole)
  const executable = (mode & 0o111) === 0 ? '-' : 'x'
  return { line: `file ${await digestFile(whole, size)} ${executable} ${name}\n`, bytes: size }
}
