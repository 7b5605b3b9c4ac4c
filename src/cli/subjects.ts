/** Subjects as the kernel lists them, and the one that a person means. */
import type { Json } from '../base/json.ts'
import { visible } from './escape.ts'
import { usageFailure } from './exit.ts'
import type { KernelClient } from './kernel-client.ts'
import { listOf, numberOf, textOf } from './kernel-client.ts'
import { nearest } from './suggest.ts'

/** A subject as the kernel lists it. */
export interface SubjectEntry {
  readonly subject: number
  readonly name: string
  readonly agents: readonly string[]
  /** The event of an erasure whose keys are not destroyed yet. */
  readonly erased: number | null
}

/** All subjects. */
export async function listSubjects(kernel: KernelClient): Promise<readonly SubjectEntry[]> {
  return listOf(await kernel.query('subjects')).map((entry) => ({
    subject: numberOf(entry, 'subject'),
    name: textOf(entry, 'name'),
    agents: namesOf(entry['agents'] ?? null),
    erased: entry['erased'] === null ? null : numberOf(entry, 'erased'),
  }))
}

function namesOf(value: Json): readonly string[] {
  return Array.isArray(value) ? value.filter((item: Json) => typeof item === 'string') : []
}

/**
 * The number that `word` names: a number itself, or a name that only one subject has. Numbers need not be listed: an
 * agent that was removed is still whom its payloads are about.
 */
export async function subjectNumbered(kernel: KernelClient, word: string): Promise<number> {
  if (/^[1-9]\d{0,14}$/u.test(word)) return Number(word)
  const all = (await listSubjects(kernel)).filter(({ erased }) => erased === null)
  const [found, another] = all.filter(({ name }) => name === word)
  if (found === undefined) {
    const guess = nearest(
      word,
      all.map(({ name }) => name),
    )
    throw usageFailure(
      `there is no subject "${visible(word)}"`,
      guess === null ? 'see: custos subject list' : `did you mean ${visible(guess)}?`,
    )
  }
  if (another === undefined) return found.subject
  throw usageFailure(`several subjects are called ${visible(word)}`, 'name its number: custos subject list')
}
