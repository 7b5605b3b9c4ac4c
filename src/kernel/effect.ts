/**
 * How much an operation can change. Taken from a driver's manifest; an operator may raise it, nothing
 * lowers it below the driver's own annotations, and unknown means `act`.
 */
export type EffectClass =
  | 'observe' // reads; nothing changes
  | 'change' // reversible, inside a boundary we control
  | 'act' // leaves our control or cannot be undone
  | 'spend' // commits money or quota
  | 'govern' // changes authority, policy, canon or trust

/** The classes from least to most consequential. */
export const effectClasses: readonly EffectClass[] = ['observe', 'change', 'act', 'spend', 'govern']
