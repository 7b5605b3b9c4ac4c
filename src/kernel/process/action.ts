/** Orders about how processes run, and how they look. */
import type { ProcessId } from '../../base/ids.ts'
import type { Cases } from '../../base/shape.ts'
import { whole } from '../../base/shape.ts'
import { shareLimits } from '../schedule/share.ts'
import { anId } from '../sovereign/shape.ts'

/** Orders that are understood in this folder. */
export type ProcessAction =
  | { readonly do: 'process.freeze'; readonly process: ProcessId }
  | { readonly do: 'process.thaw'; readonly process: ProcessId }
  | {
      readonly do: 'process.weigh'
      readonly process: ProcessId
      readonly weight: number
      readonly priority: number
    }

const { leastWeight, mostWeight, mostPriority } = shareLimits

/** How these orders look. */
export const processOrders: Cases<ProcessAction, 'do'> = {
  'process.freeze': { process: anId() },
  'process.thaw': { process: anId() },
  'process.weigh': {
    process: anId(),
    weight: whole(leastWeight, mostWeight),
    priority: whole(0, mostPriority),
  },
}
