/**
 * The witnessing of a whole home: of every domain that has witnesses configured, also of those that come later. It
 * runs in the gateway's process, which is the one of ours that has to do with the network and has no key.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { EvidenceFolder } from '../ledger/evidence/evidence-folder.ts'
import { evidenceFolder } from '../ledger/evidence/evidence-folder.ts'
import { Witnessing } from './witnessing.ts'

const lookMs = 1_000

/** Begins, and goes on until `signal`. */
export function witnessHome(home: string, signal: AbortSignal, remark: (line: string) => void): void {
  const begun = new Set<string>()
  const look = (): void => {
    for (const [name, place] of domainsOf(home)) {
      if (begun.has(name) || !existsSync(place.witnesses)) continue
      begun.add(name)
      void new Witnessing(place, (line) => remark(`${name}: ${line}`)).run(signal)
    }
  }
  look()
  const timer = setInterval(look, lookMs)
  timer.unref()
  signal.addEventListener('abort', () => clearInterval(timer), { once: true })
}

function domainsOf(home: string): readonly (readonly [string, EvidenceFolder])[] {
  const folder = join(home, 'domains')
  try {
    return readdirSync(folder).map((name) => [name, evidenceFolder(join(folder, name))] as const)
  } catch {
    return []
  }
}
