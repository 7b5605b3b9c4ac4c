/** Loaded before a judging test: when it ends, it says which mutants it met. */
import { writeFileSync } from 'node:fs'

const file = process.env['CUSTOS_MUTANT_COVERAGE']
if (file !== undefined) {
  process.once('exit', () => {
    const { __stryker__: known } = globalThis as {
      readonly __stryker__?: { readonly mutantCoverage?: { readonly static: object } }
    }
    writeFileSync(file, JSON.stringify(Object.keys(known?.mutantCoverage?.static ?? {})))
  })
}
