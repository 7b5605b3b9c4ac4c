/** The least boundary in which perl runs: system folders, nothing writable, and limits. */
import type { Boundary } from '../../../src/sandbox/boundary.ts'

/** With at most `processes` processes. */
export function tightBoundary(processes: number): Boundary {
  return {
    readable: [],
    writable: [],
    views: [],
    hidden: [],
    environment: { PATH: '/usr/bin:/bin' },
    cwd: '/',
    sockets: {},
    limits: {
      memoryMiB: 256,
      processes,
      openFiles: 256,
      cpuPercent: null,
      cpuSeconds: null,
      diskMiB: 64,
      fileMiB: 16,
      wallMs: null,
    },
    terminal: 'none',
  }
}
