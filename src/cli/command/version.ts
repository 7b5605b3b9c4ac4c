/**
 * `custos version`: what this is.
 */
import { readFileSync } from 'node:fs'
import type { Command } from '../command.ts'
import { exitCodes } from '../exit.ts'

/** The version in package.json. */
export function packageVersion(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')
  const { version } = JSON.parse(text) as { readonly version: string }
  return version
}

/** Shows versions. */
export const versionCommand: Command = {
  name: 'version',
  synopsis: '',
  summary: 'show the version',
  details: [],
  flags: [],
  isHomeWide: true,
  positionals: { fewest: 0, most: 0 },
  run({ out }) {
    const version = packageVersion()
    out.result({ custos: version, node: process.versions.node }, [
      `custos ${version} (Node ${process.versions.node})`,
    ])
    return Promise.resolve(exitCodes.done)
  },
}
