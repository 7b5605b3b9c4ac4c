/**
 * Which engine a recording was made with: the very bytes of the WebAssembly module and of the prelude. A replay
 * on another engine may differ for no fault of the script, and says so.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { sha256Hex } from '../../base/hash.ts'
import { machineLimits } from './agent-limits.ts'
import { prelude } from './prelude.ts'

let known: string | null = null

/** The identity of the engine that is installed here. */
export function engineIdentity(): string {
  if (known !== null) return known
  const module = fileURLToPath(import.meta.resolve('@jitl/quickjs-wasmfile-release-sync/wasm'))
  const engine = sha256Hex(readFileSync(module)).slice(0, 16)
  const furniture = sha256Hex(prelude + JSON.stringify(machineLimits)).slice(0, 16)
  known = `quickjs-wasm ${engine} prelude ${furniture}`
  return known
}
