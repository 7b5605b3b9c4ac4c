/**
 * Reads and writes the files of clients. Reading is bounded and exact: what is not valid UTF-8 is refused,
 * because it could not be written back as it was. Writing replaces the file in one step, through links, with
 * the mode that it had, so that a crash leaves either the old file or the new one.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { writeNewFile } from '../new-file.ts'
import type { JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { usageFailure } from '../exit.ts'
import { parseJsonText } from './json-text.ts'

/** The largest file that is read. Clients keep more than servers in them. */
const maxBytes = 32 * 1024 * 1024

/** The text of a file that exists. A CommandFailure says why it cannot be read. */
export function readConfigText(path: string): string {
  let bytes: Buffer
  try {
    const { size } = statSync(path)
    if (size > maxBytes) throw usageFailure(`${path} is larger than ${maxBytes / 1024 / 1024} MiB`)
    bytes = readFileSync(path)
  } catch (problem) {
    if (problem instanceof Error && 'code' in problem)
      throw usageFailure(`cannot read ${path}: ${problem.message}`)
    throw problem
  }
  const text = bytes.toString('utf8')
  if (!Buffer.from(text).equals(bytes)) throw usageFailure(`${path} is not valid UTF-8`)
  return text
}

/** A JSON object from a file that may be absent or broken: then null. For files that only advise. */
export function readOptionalJson(path: string): JsonObject | null {
  if (!existsSync(path)) return null
  const root = parseJsonText(readConfigText(path), { comments: true, trailingCommas: true })
  return root.ok && isJsonObject(root.value.value) ? root.value.value : null
}

/** Replaces the content of a file that exists; durable on return. */
export function replaceFile(path: string, text: string): void {
  const target = realpathSync(path)
  const { mode } = statSync(target)
  const beside = join(dirname(target), `.custos-${randomBytes(6).toString('hex')}`)
  try {
    writeNewFile(beside, text, mode & 0o777)
    renameSync(beside, target)
  } finally {
    rmSync(beside, { force: true })
  }
}

/** True when `path` is `folder` or lies in it. */
export function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !way.startsWith(sep))
}
