/** Orders about how processes run, and their strict reading from untrusted JSON. */
import type { ProcessId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { isShare } from '../schedule/share.ts'
import { isCount, isId, whyShape } from '../sovereign/shape.ts'

/** Orders that are understood in this folder. */
export type ProcessAction =
  | { readonly do: 'process.freeze' | 'process.thaw'; readonly process: ProcessId }
  | {
      readonly do: 'process.weigh'
      readonly process: ProcessId
      readonly weight: number
      readonly priority: number
    }

/** The order, or what is wrong with it; null when it is about something else. */
export function parseProcessAction(command: JsonObject): Result<ProcessAction, string> | null {
  const { do: name, process, weight, priority } = command
  if (name !== 'process.freeze' && name !== 'process.thaw' && name !== 'process.weigh') return null
  const isWeighing = name === 'process.weigh'
  const wrong = whyShape(command, ['do', 'process', ...(isWeighing ? ['priority', 'weight'] : [])])
  if (wrong !== null) return err(wrong)
  if (!isId(process)) return err('`process` must be an id.')
  if (!isWeighing) return ok({ do: name, process: id(process) })
  if (!isCount(weight) || !isCount(priority) || !isShare({ weight, priority }))
    return err('`weight` must be from 10 to 1000 and `priority` from 0 to 4.')
  return ok({ do: name, process: id(process), weight, priority })
}
