/**
 * How a domain's evidence stands, in words and in numbers: how much is not under a signed tree head, how much not under
 * a witness's cosignature. Read from the folder, so that it is there for a ledger that nobody runs too.
 */
import { existsSync, readFileSync } from 'node:fs'
import { evidenceFolder } from '../ledger/evidence/evidence-folder.ts'
import { newestHead } from '../witness/witnessing.ts'
import type { WitnessStanding } from '../witness/configured-witnesses.ts'
import { readStandings, readWitnesses } from '../witness/configured-witnesses.ts'
import { showInstant } from './duration.ts'
import { visible } from './escape.ts'
import type { HomePaths } from './home.ts'

/** The evidence of one domain, as numbers. */
export interface EvidenceStatus {
  /** Last event under a signed tree head; 0 when there is none. */
  readonly signed: number
  /** Last event under the cosignature of some configured witness. */
  readonly witnessed: number
  readonly witnesses: readonly { readonly name: string; readonly standing: WitnessStanding | null }[]
  /** Why nothing is signed, or what is wrong with a witness; empty when all is well. */
  readonly problems: readonly string[]
}

/** Looks at the evidence of a domain. */
export function evidenceStatus(paths: HomePaths): EvidenceStatus {
  const place = evidenceFolder(paths.domain)
  const configured = readWitnesses(place.witnesses)
  const standings = readStandings(place.state)
  const witnesses = (configured.ok ? configured.value : []).map(({ key }) => ({
    name: key.name,
    standing: standings.get(key.name) ?? null,
  }))
  const problems = [
    ...(existsSync(place.problem) ? [readFileSync(place.problem, 'utf8').trim()] : []),
    ...(configured.ok ? [] : [configured.error]),
    ...witnesses.flatMap(({ name, standing }) =>
      standing?.problem === null || standing === null ? [] : [`witness ${name}: ${standing.problem.message}`],
    ),
  ]
  const signed = newestHead(place)?.size ?? 0
  const witnessed = Math.max(0, ...witnesses.map(({ standing }) => standing?.size ?? 0))
  return { signed, witnessed, witnesses, problems }
}

/** The evidence in one line, for a ledger whose last event is `seq`. */
export function evidenceWords(
  { signed, witnessed, witnesses, problems }: EvidenceStatus,
  seq: number,
): string {
  const first = problems[0]
  if (first !== undefined) return `PROBLEM: ${visible(first)}`
  const tree = signed >= seq ? 'all signed' : `${seq - signed} of ${seq} events not signed yet`
  if (witnesses.length === 0) return `${tree}; no witness: custos ledger witness`
  const lacking = seq - witnessed
  return `${tree}; ${lacking <= 0 ? 'all witnessed' : `${lacking} events not witnessed yet`}`
}

/** How it stands with one witness, in words. */
export function showStanding(standing: WitnessStanding | undefined): string {
  if (standing === undefined) return 'not asked yet'
  const { size, at, problem } = standing
  const last = size === 0 ? 'nothing cosigned yet' : `cosigned ${size} events at ${showInstant(at * 1000)}`
  return problem === null ? last : `${visible(problem.code)}: ${visible(problem.message)} (${last})`
}
