/**
 * What belongs to one driver in the home folder: `drivers/NAME/`, private, with the package it runs from and the
 * definitions that were accepted. What fails half-way takes back what it made here and nothing else.
 */
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { listingPath } from '../driver/code-pin.ts'

/** Paths of one driver. None of them need exist. */
export interface DriverFolder {
  readonly folder: string
  readonly definitions: string
  /** What the driver's program writes, for programs that are told to write here. Never removed by us. */
  readonly data: string
  /** Where a login for an HTTP server is kept, unless another file is named. */
  readonly credential: string
}

/** The paths of the driver called `name`, which must be a name. */
export function driverFolder(home: string, name: string): DriverFolder {
  const folder = join(home, 'drivers', name)
  return {
    folder,
    definitions: join(folder, 'definitions.json'),
    data: join(folder, 'data'),
    credential: join(folder, 'credential.json'),
  }
}

/** Makes the folder, closed to others. */
export function makeDriverFolder({ folder }: Pick<DriverFolder, 'folder'>): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
}

/** A path for one more version of the package: beside those that are there. */
export function freePackagePath({ folder }: DriverFolder): string {
  for (let number = 1; ; number++) {
    const path = join(folder, number === 1 ? 'package' : `package-${number}`)
    if (!existsSync(path)) return path
  }
}

/** The packages in the folder, with links left alone. */
export function packagePaths({ folder }: DriverFolder): readonly string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => /^package(?:-\d+)?$/u.test(name))
    .map((name) => join(folder, name))
}

/** Removes one package with its listing. */
export function removePackage(path: string): void {
  rmSync(path, { recursive: true, force: true })
  rmSync(listingPath(path), { force: true })
}

/** Removes what an addition made or left behind: packages and definitions. A login and data stay. */
export function clearDriverFolder(paths: DriverFolder): void {
  for (const path of packagePaths(paths)) removePackage(path)
  rmSync(paths.definitions, { force: true })
  removeIfEmpty(paths.data)
  removeIfEmpty(paths.folder)
}

/** Removes everything of the driver, the login included, but no data; says where data stayed, or null. */
export function removeDriverFolder(paths: DriverFolder): string | null {
  clearDriverFolder(paths)
  rmSync(paths.credential, { force: true })
  removeIfEmpty(paths.folder)
  return existsSync(paths.data) ? paths.data : null
}

function removeIfEmpty(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder)
}
