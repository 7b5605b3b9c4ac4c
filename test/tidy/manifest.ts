/**
 * What the house rules read from package.json: the dependencies, each of which must be explained, and the
 * entry points, each of which must exist.
 */
import type { Finding } from './finding.ts'

/** The parts of package.json that rules speak of. */
export interface PackageManifest {
  readonly bin?: { readonly [name: string]: string }
  readonly exports?: { readonly [subpath: string]: { readonly source?: string } | string }
  readonly dependencies?: { readonly [name: string]: string }
  readonly devDependencies?: { readonly [name: string]: string }
  readonly allowScripts?: { readonly [name: string]: boolean }
}

/** Source files behind the subpath exports: the faces that other people import. */
export function facesOf({ exports = {} }: PackageManifest): readonly string[] {
  return Object.values(exports).flatMap((target) => {
    const source = typeof target === 'string' ? target : target.source
    return source === undefined ? [] : [source.replace(/^\.\//, '')]
  })
}

/** Every dependency has a heading of its own on the page, and every such heading its dependency. */
export function unexplainedDependencies(manifest: PackageManifest, page: string): readonly Finding[] {
  const names = [...Object.keys(manifest.dependencies ?? {}), ...Object.keys(manifest.devDependencies ?? {})]
  const at = { file: 'docs/dependencies.md', line: 0, rule: 'dependencies' }
  const headings = new Set(
    [...page.matchAll(/^###\s+`(?<name>[^`]+)`/gm)].map((match) => match.groups?.['name'] ?? ''),
  )
  const missing = names
    .filter((name) => !headings.has(name))
    .map((name) => ({ ...at, message: `no heading explains ${name}` }))
  const stale = [...headings]
    .filter((name) => !names.includes(name))
    .map((name) => ({ ...at, message: `${name} is explained but is not in package.json` }))
  return [...missing, ...stale]
}

/** Versions are exact, so that two installs of one commit are the same; nothing but Node runs a script. */
export function breachesOfPinning(manifest: PackageManifest): readonly Finding[] {
  const at = { file: 'package.json', line: 0, rule: 'pinning' }
  const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
  const loose = versions
    .filter(([, version]) => !/^\d+\.\d+\.\d+(?:[-+][\w.-]+)?$/.test(version))
    .map(([name, version]) => ({ ...at, message: `${name} has the range ${version}; write one version` }))
  const scripts = Object.entries(manifest.allowScripts ?? {})
    .filter(([name, allowed]) => allowed && name !== 'node')
    .map(([name]) => ({ ...at, message: `${name} may run a script while installing; only node may` }))
  return [...loose, ...scripts]
}
