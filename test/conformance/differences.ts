/**
 * Checks that pass without us and not through us, on purpose: none. What is listed here must be a recommendation,
 * where the suite warns or remarks; a failure, and anything that is not listed, counts against us.
 */

/** Why a check may be missing, by its id. */
export const differences: ReadonlyMap<string, string> = new Map()
