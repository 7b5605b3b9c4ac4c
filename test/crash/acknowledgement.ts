/**
 * What an agent was told, as it tells it on: one line of JSON per answer, written only after the answer had
 * arrived. Whatever stands here was acknowledged, and so must stand in the ledger for ever.
 */
import { writeSync } from 'node:fs'

/** One answer that named its place in the ledger. */
export type Acknowledgement = { readonly process: number; readonly seq: number } & (
  | { readonly what: 'outcome'; readonly id: string; readonly call: number; readonly outcome: string }
  | { readonly what: 'refusal'; readonly code: string }
  | { readonly what: 'derived'; readonly capability: number }
  | { readonly what: 'revoked'; readonly capability: number }
)

/** Tells it on standard output, in one write, before anything else is done. */
export function tell(acknowledgement: Acknowledgement): void {
  writeSync(1, `${JSON.stringify(acknowledgement)}\n`)
}

/** Reads one whole line. Only this file's `tell` writes them. */
export function readAcknowledgement(line: string): Acknowledgement {
  return JSON.parse(line) as Acknowledgement
}
