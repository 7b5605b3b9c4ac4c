/**
 * The control: a sandbox as it is often built, with `node:vm` and objects of the host's in it. Run as a program
 * with the name of an escape and the file that proves it; every escape of the list gets out of here, or it is
 * none. It offers what the machine offers, and one function more that is called through glue inside.
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { setTimeout as pause } from 'node:timers/promises'
import { inspect } from 'node:util'
import { constants, createContext, runInContext } from 'node:vm'
import { escapePrelude, escapes } from './escapes.ts'

const [name, canary] = process.argv.slice(2)
const escape = escapes.find((known) => known.name === name)
if (escape === undefined || canary === undefined) throw new Error('an escape, and a file')

const custos = {
  async call(driver: string, selector: string, args: unknown) {
    const given = await args
    const text = given instanceof Error ? given.message : JSON.stringify(given)
    if (typeof driver !== 'string') throw new TypeError('a driver name is a string')
    return { ok: true, outcome: 'done', result: { driver, selector, text } }
  },
  capabilities: () => Promise.resolve([{ name: 'notes' }]),
  log: (text: unknown) => {
    if (typeof text === 'symbol') throw new TypeError('a line is text')
    return void [inspect(text), JSON.stringify(text), ''.concat(text as string)]
  },
  now: () => Date.now(),
  random: () => Math.random(),
}
const here = {
  custos,
  process,
  Buffer,
  setTimeout,
  require: createRequire(import.meta.url),
  module: { constructor: { _load: createRequire(import.meta.url) } },
}
const context = createContext({ ...here, send: (text: unknown) => [text] })
/** Glue as it is often written: the script can change everything it uses. */
const naiveGlue = `custos.glue = ((send) => (text) => {
  const waiting = new Map(); waiting.set(1, send); const list = []; list.push(send); list[0] = send
  const kept = {}; kept.send = send; kept.resolve = send; kept.waiting = send; kept['1'] = send
  try { JSON.parse('{}') } catch {}
  Function.prototype.call.call(send, null, text); Function.prototype.apply.call(send, null, [text])
  Reflect.apply(send, null, [text]); waiting.get(1)
})(send); delete globalThis.send`
const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER
runInContext(naiveGlue, context)
process.on('unhandledRejection', () => undefined)
const source = `${escapePrelude(canary)};(async () => { ${escape.body} })().catch(() => undefined)`
await (runInContext(source, context, { importModuleDynamically }) as Promise<void>)
// What gets out does so a moment later, and a busy machine takes its time.
for (const late = Date.now() + 10_000; !existsSync(canary) && Date.now() < late;) await pause(5)
process.exit(0)
