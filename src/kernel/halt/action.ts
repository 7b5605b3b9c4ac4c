/** The order that ends the halt of a part of a domain, and how it looks. */
import type { Cases, Shape } from '../../base/shape.ts'
import { single } from '../../base/shape.ts'
import { anId } from '../sovereign/shape.ts'
import type { HaltScope } from './event-bodies.ts'

/** Orders that are understood in this folder. */
export interface HaltAction {
  readonly do: 'scope.resume'
  readonly scope: HaltScope
}

/** A scope in exactly one of its two forms. */
export const aScope: Shape<HaltScope> = single<HaltScope>({ agent: anId(), process: anId() })

/** How these orders look. */
export const haltOrders: Cases<HaltAction, 'do'> = { 'scope.resume': { scope: aScope } }
