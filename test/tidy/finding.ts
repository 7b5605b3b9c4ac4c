/**
 * What a house rule reports: where, which rule, and what to do about it. Every rule is a plain function
 * from sources to findings, so that a test can feed it a bad sample and see that it is able to fail.
 */
import assert from 'node:assert/strict'

/** One breach of a rule. `line` starts at 1; 0 stands for the whole file. */
export interface Finding {
  readonly file: string
  readonly line: number
  readonly rule: string
  readonly message: string
}

/** A finding as one line that editors can open. */
export function formatFinding({ file, line, rule, message }: Finding): string {
  return `${file}${line === 0 ? '' : `:${line}`}  ${rule}: ${message}`
}

/** Fails with every finding on a line of its own, unless there is none. */
export function assertTidy(findings: readonly Finding[]): void {
  const lines = findings.map(formatFinding)
  assert.ok(lines.length === 0, `${lines.length} breach(es) of the house rules\n${lines.join('\n')}`)
}

/** Asserts that a rule found exactly these lines in a bad sample: proof that the rule is able to fail. */
export function assertCatches(findings: readonly Finding[], lines: readonly number[]): void {
  assert.deepEqual(
    findings.map((finding) => finding.line),
    lines,
    findings.map(formatFinding).join('\n'),
  )
}
