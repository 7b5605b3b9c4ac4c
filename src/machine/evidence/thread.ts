/** Starts the evidence thread of this process. */
import { Worker } from 'node:worker_threads'
import type { EvidenceTask, FromEvidence } from './thread-words.ts'
import type { EvidenceThread } from './tree-keeper.ts'

/** The thread's own heap is bounded: the tree needs kilobytes, one batch of the ledger a few megabytes. */
const heapMb = 128

/** Starts it. What it says goes to `said`, its end by itself too. */
export function startEvidenceThread(task: EvidenceTask, said: (said: FromEvidence) => void): EvidenceThread {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const worker = new Worker(new URL(`./main.${extension}`, import.meta.url), {
    workerData: task,
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
  })
  worker.on('message', said)
  worker.on('error', (problem) => {
    said({ is: 'stopped', why: problem instanceof Error ? problem.message : String(problem) })
  })
  worker.on('exit', () => said({ is: 'stopped', why: 'the evidence thread ended' }))
  worker.unref()
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  return { post: (asked) => worker.postMessage(asked), end: () => void worker.terminate() }
}
