#!/usr/bin/env node
/**
 * The `custos` command. From a clone it runs the TypeScript sources, installing what is missing first;
 * installed as a package it runs the compiled ones, since Node strips no types inside node_modules.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { keepCompiledCode } from './compiled-code.mjs'
import { ensureInstalled, root, runProgram } from '../scripts/ready.mjs'

const compiled = join(root, 'dist', 'cli', 'main.js')
const source = join(root, 'src', 'cli', 'main.ts')
const fromClone = existsSync(source) && !/[\\/]node_modules[\\/]/.test(root)

if (fromClone) ensureInstalled()
keepCompiledCode(process.env)
const program = fromClone ? source : compiled
// Another Node begins here again, and keeps what it compiles as this one does.
const entry = isRecentEnough(process.versions.node) ? program : fileURLToPath(import.meta.url)
await runProgram(entry, process.argv.slice(2), isRecentEnough)

/** Node 24 is the oldest that runs our sources as they are. */
function isRecentEnough(version) {
  return Number(version.split('.')[0]) >= 24
}
