/**
 * Stands in for `node:test` within a judging process: it keeps what a test file declares instead of running it, so
 * that single tests can be run again and again under one mutant after another. It has `test` and nothing else; a
 * judge that wants more fails to load, is named, and judges nothing.
 */

/** A declared test. */
export interface CollectedTest {
  readonly name: string
  readonly run: () => unknown
}

let declared: CollectedTest[] = []

/** Declares a test, as `node:test` does. */
export function test(name: string, run: () => unknown): void {
  declared.push({ name, run })
}

/** What was declared since this was asked last. */
export function takeDeclared(): readonly CollectedTest[] {
  const taken = declared
  declared = []
  return taken
}
