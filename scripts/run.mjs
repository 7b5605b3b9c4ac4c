#!/usr/bin/env node
/**
 * The one door behind `npm start`, `npm test` and the other tasks: makes the clone ready, then runs the
 * task under the pinned Node, whatever Node the machine has. `node scripts/run.mjs TASK [arguments]`.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { endLike, ensureInstalled, pinnedNode, pinnedVersion, root, runProgram, runToEnd } from './ready.mjs'
import { ensureServers } from './servers.mjs'

/** Tasks that are one program: the file that is run and the arguments put before the user's. */
const programs = {
  start: ['bin/custos.mjs', 'start'],
  test: ['scripts/test.mjs'],
  tidy: ['scripts/test.mjs', 'test/tidy/'],
  bench: ['bench/main.ts'],
  simulate: ['test/simulation/main.ts'],
  conformance: ['test/conformance/main.ts'],
  mutants: ['test/mutants/main.ts'],
}

const tool = (...path) => join(root, 'node_modules', ...path)

/** Tasks that are several tools in a row; all of them run, so that one run shows everything that is wrong. */
const sequences = {
  check: [
    ['types', [tool('typescript', 'bin', 'tsc'), '-p', '.']],
    ['lint', [tool('oxlint', 'bin', 'oxlint'), '--type-aware']],
    ['format', [tool('oxfmt', 'bin', 'oxfmt'), '--check']],
  ],
  build: [['build', [tool('typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json']]],
}

async function runSequence(steps, args) {
  const failed = []
  for (const [name, command] of steps) {
    process.stderr.write(`custos: ${name}\n`)
    const { code } = await runToEnd(pinnedNode, [...command, ...args], { cwd: root })
    if (code !== 0) failed.push(name)
  }
  process.stderr.write(failed.length === 0 ? 'custos: all good\n' : `custos: failed: ${failed.join(', ')}\n`)
  return { code: failed.length === 0 ? 0 : 1, signal: null }
}

const [task, ...args] = process.argv.slice(2)
if (!Object.hasOwn(programs, task ?? '') && !Object.hasOwn(sequences, task ?? '')) {
  const known = [...Object.keys(programs), ...Object.keys(sequences)].join(', ')
  process.stderr.write(`usage: node scripts/run.mjs TASK [arguments]\ntasks: ${known}\n`)
  process.exit(2)
}
ensureInstalled()
if (task === 'conformance') await ensureServers()
if (Object.hasOwn(sequences, task)) endLike(await runSequence(sequences[task], args))
else {
  const [entry, ...before] = programs[task]
  const path = join(root, entry)
  if (!existsSync(path)) {
    process.stderr.write(`custos: there is no ${entry} in this tree yet, so there is nothing to ${task}\n`)
    process.exit(1)
  }
  await runProgram(path, [...before, ...args], (version) => version === pinnedVersion())
}
