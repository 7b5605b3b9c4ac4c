/**
 * The arguments of a commit, read strictly: what a person approved is these bytes, so nothing in them is
 * overlooked, defaulted or put right.
 */
import type { Json } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { parseStrictJson } from '../../base/strict-json.ts'
import type { Parts } from '../../sandbox/changes/chosen-changes.ts'
import { allParts } from '../../sandbox/changes/chosen-changes.ts'

/** What is to be committed. */
export interface CommitArguments {
  readonly run: string
  readonly folder: string
  readonly digest: string
  readonly entries: number
  readonly flagged: number
  readonly parts: Parts
}

const names = ['run', 'folder', 'digest', 'entries', 'flagged', 'parts']
const mostParts = 1000

/** The arguments as they travel: `parts` is a plain word when it is everything. */
export function commitArgumentsJson({ parts, ...rest }: CommitArguments): { readonly [name: string]: Json } {
  const isAll = parts.only.length === 0 && parts.except.length === 0 && !parts.overwrite
  return { ...rest, parts: isAll ? 'all' : { ...parts } }
}

/** Reads them back; the error is a sentence. */
export function readCommitArguments(bytes: Uint8Array): Result<CommitArguments, string> {
  const parsed = parseStrictJson(bytes)
  if (!parsed.ok || !isJsonObject(parsed.value)) return err('the arguments are not a JSON object')
  const found = parsed.value
  const strange = Object.keys(found).find((name) => !names.includes(name))
  if (strange !== undefined) return err(`there is no argument ${strange}`)
  const { run, folder, digest, entries, flagged } = found
  const parts = readParts(found['parts'])
  if (typeof run !== 'string' || typeof folder !== 'string' || typeof digest !== 'string') {
    return err('run, folder and digest must be text')
  }
  if (!isCount(entries) || !isCount(flagged)) return err('entries and flagged must be counts')
  if (parts === null) return err('parts must be "all" or an object with only, except and overwrite')
  return ok({ run, folder, digest, entries, flagged, parts })
}

function isCount(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function readParts(value: Json | undefined): Parts | null {
  if (value === 'all') return allParts
  if (!isJsonObject(value) || Object.keys(value).length !== 3) return null
  const { overwrite } = value
  const only = texts(value['only'])
  const except = texts(value['except'])
  return only === null || except === null || typeof overwrite !== 'boolean'
    ? null
    : { only, except, overwrite }
}

function texts(value: Json | undefined): readonly string[] | null {
  if (!Array.isArray(value) || value.length > mostParts) return null
  const found = value.filter((item: Json) => typeof item === 'string')
  return found.length === value.length ? found : null
}
