/**
 * The least that a program can be held in: the system's own folders and limits that nothing short comes near. What is
 * said of a rung without saying what runs on it — that it works, how fast it starts — is said of this boundary.
 */
import type { Boundary } from './boundary.ts'

/** A boundary in which nothing of anybody's is, without a limit on time. */
export function emptyBoundary(): Boundary {
  return {
    readable: [],
    writable: [],
    views: [],
    hidden: [],
    environment: {},
    cwd: '/',
    sockets: {},
    limits: {
      memoryMiB: 512,
      processes: 64,
      openFiles: 256,
      cpuPercent: null,
      cpuSeconds: null,
      diskMiB: 64,
      fileMiB: 64,
      wallMs: null,
    },
    terminal: 'none',
  }
}
