/** Loaded before a judging test: when it ends, it says which mutants it met. */
import { writeFileSync } from 'node:fs'

const file = process.env['CUSTOS_MUTANT_COVERAGE']
if (file !== undefined) {
  process.once('exit', () => {
    const { __custosMet__: met } = globalThis as { readonly __custosMet__?: ReadonlySet<string> }
    writeFileSync(file, JSON.stringify([...(met ?? [])]))
  })
}
