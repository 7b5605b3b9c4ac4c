/** The role a socket gives whoever connects to it, and what each may cost before it has done anything. */
import { wireLimits } from '../wire/frame.ts'

/** Nothing inside a frame can change it. */
export type Role = 'agent' | 'operator' | 'driver'

/** What one connection of a role is allowed. */
export interface RoleLimits {
  /** How many unanswered requests it may have outstanding. */
  readonly credit: number
  /** Its longest first frame, in bytes: many may connect and prove nothing. */
  readonly maxHelloLength: number
}

/** Limits by role. Only adapters bring something long in their hello: definitions. */
export const roleLimits: { readonly [R in Role]: RoleLimits } = {
  agent: { credit: 4096, maxHelloLength: 32_768 },
  operator: { credit: 16, maxHelloLength: 32_768 },
  driver: { credit: 256, maxHelloLength: wireLimits.maxLength },
}

/** Connections that one agent may have at a time. */
export const maxAttachmentsPerAgent = 64
