/**
 * Where the unmodified MCP servers and clients from npm are that tests run against. `npm test` installs them
 * beside the development dependencies; a test that misses them fails and says how to get them.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder with their package.json and node_modules. */
export const serversFolder: string = fileURLToPath(
  new URL('../../node_modules/.custos-servers', import.meta.url),
)

/** Absolute path of a file inside an installed package. Throws when it is not there. */
export function serverFile(packageName: string, path: string): string {
  const file = join(serversFolder, 'node_modules', packageName, path)
  if (!existsSync(file)) throw new Error(`${file} is missing: run \`node scripts/servers.mjs\``)
  return file
}

/**
 * Absolute path of the script behind a package's command, to be run with Node. `command` is needed only when
 * the package has several and none is named like it. Throws when the package or the command is not there.
 */
export function serverBin(packageName: string, command?: string): string {
  const manifest = serverFile(packageName, 'package.json')
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as Manifest
  const path =
    typeof bin === 'string' ? bin : command === undefined ? ownOf(bin, packageName) : bin?.[command]
  if (path === undefined) throw new Error(`${packageName} has no command ${command ?? 'of its own'}`)
  return join(dirname(manifest), path)
}

interface Manifest {
  readonly bin?: string | { readonly [command: string]: string }
}

/** The command named like the package, or the only one. */
function ownOf(
  bin: { readonly [command: string]: string } | undefined,
  packageName: string,
): string | undefined {
  const commands = Object.entries(bin ?? {})
  const own = commands.find(([command]) => command === packageName.replace(/^@[^/]*\//u, ''))
  return (own ?? (commands.length === 1 ? commands[0] : undefined))?.[1]
}
