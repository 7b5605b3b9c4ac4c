/**
 * Where the packages of the machine lie, as folders that a boundary can name. Installers differ: npm puts a package
 * where Node looks for it, pnpm puts a link there that leads to a store. A boundary names canonical paths only, so a
 * link is shown with the folder it stands in; where that folder is itself a link, Node inside could not follow, and a
 * sentence says so now instead of a worker that dies later.
 */
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'

const folderOfPackages = 'node_modules'
const own = ['quickjs-emscripten-core', '@jitl/quickjs-wasmfile-release-sync'] as const
/** What those two stand on. */
const beneath = '@jitl/quickjs-ffi-types'

/** Where a package is, and the folders that show it. */
interface Place {
  readonly real: string
  readonly shown: readonly string[]
  /** A folder of packages that is a link, or empty. */
  readonly link: string
}

/** Folders to be shown to a program whose sources lie in `sources`. A package that is nowhere is left for Node to miss. */
export function workerPackages(sources: string): Result<readonly string[], string> {
  const top = own.flatMap((name) => placesOf(name, sources))
  const places = [...top, ...top.flatMap(({ real }) => placesOf(beneath, dirname(real)))]
  const link = places.map((place) => place.link).find((one) => one !== '')
  return link === undefined
    ? ok([...new Set(places.flatMap(({ shown }) => shown))])
    : err(
        `${link} is a link, and packages behind one are not there inside a boundary: install them in ${dirname(link)} itself`,
      )
}

/** As Node finds it: in the nearest folder of packages, from `from` upwards. */
function placesOf(name: string, from: string): readonly Place[] {
  for (let folder = from; ; folder = dirname(folder)) {
    const modules = join(folder, folderOfPackages)
    const path = join(modules, name)
    if (existsSync(path)) return [placeAt(path, modules)]
    if (folder === dirname(folder)) return []
  }
}

function placeAt(path: string, modules: string): Place {
  const real = realpathSync(path)
  if (real === path) return { real, shown: [real], link: '' }
  const link = realpathSync(modules) === modules ? '' : modules
  return { real, shown: [modules, modulesOf(real)], link }
}

/** The folder of packages that holds `path`. */
function modulesOf(path: string): string {
  const mark = `/${folderOfPackages}/`
  const at = path.lastIndexOf(mark)
  return at < 0 ? path : path.slice(0, at + mark.length - 1)
}
