/**
 * The names of the rungs, and the variable that asks for one: for whoever only reads a name, and should not have to
 * load what every rung is made of.
 */
import type { Rung } from './boundary.ts'

/** All rungs, strongest first. */
export const rungs: readonly Rung[] = ['gvisor', 'bubblewrap', 'landlock']

/** The environment variable that asks for a rung. */
export const rungVariable = 'CUSTOS_RUNG'
