/**
 * Why a driver does not serve, as its adapter last said on its way out: the end of its log.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { mainDomain } from '../wire/socket-folder.ts'
import { visible } from './escape.ts'
import type { HomePaths } from './home.ts'

const tailBytes = 4096
const mostLines = 3

/** The last lines of the driver's log, safe to print and indented; nothing when there are none. */
export function lastWords({ supervisorFolder, domainName }: HomePaths, driver: number): readonly string[] {
  const place = domainName === mainDomain ? '' : `${domainName}.`
  return tailOf(join(supervisorFolder, `${place}driver-${driver}.log`))
    .trimEnd()
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-mostLines)
    .map((line) => `  | ${visible(line)}`)
}

function tailOf(file: string): string {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch {
    return ''
  }
  try {
    const bytes = Buffer.alloc(tailBytes)
    const start = Math.max(0, fstatSync(descriptor).size - tailBytes)
    return bytes.toString('utf8', 0, readSync(descriptor, bytes, 0, tailBytes, start))
  } finally {
    closeSync(descriptor)
  }
}
