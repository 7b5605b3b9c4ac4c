/**
 * The pinned code of a driver as it is on disk now, against the pins. Nothing is started for this.
 */
import { differencesFrom, pinCode } from '../driver/code-pin.ts'
import type { CodePin, DriverProgram } from '../kernel/manifest.ts'
import { foundOrigin } from './driver-command.ts'

/** Pinned code that is not what it was. */
export interface CodeDifference {
  readonly accepted: CodePin
  /** What is there now, or null when nothing can be read there. */
  readonly now: CodePin | null
  /** Why nothing can be read; empty otherwise. */
  readonly problem: string
  /** Files of a folder that differ, as phrases, when it is known which. */
  readonly files: readonly string[]
}

/** Every pin of `program` that does not hold. */
export async function codeDifferences(program: DriverProgram): Promise<readonly CodeDifference[]> {
  const pins = program.protocol === 'mcp-stdio' ? (program.code ?? []) : []
  const differences: CodeDifference[] = []
  for (const accepted of pins) {
    const found = await pinCode(accepted.path, changedOrigin(accepted))
    if (!found.ok) differences.push({ accepted, now: null, problem: found.error, files: [] })
    else if (found.value.digest !== accepted.digest) {
      differences.push({ accepted, now: found.value, problem: '', files: await differencesFrom(accepted) })
    }
  }
  return differences
}

/** Changed code is not what its origin says any more. */
function changedOrigin({ path, origin }: CodePin): string {
  if (origin === '') return ''
  if (origin.endsWith(' as found there')) return foundOrigin(path)
  const [source = ''] = origin.split(' integrity ')
  return source.endsWith(', changed since') ? source : `${source}, changed since`
}
