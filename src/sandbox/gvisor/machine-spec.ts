/**
 * What runsc is told: an OCI description of a machine whose files are those of the boundary that stands around it.
 * That boundary is the same as on the bubblewrap rung, so both rungs show the same files; the machine puts a kernel
 * of its own between the program and the host's. Temporary folders are in the machine's own memory.
 */
import type { Boundary } from '../boundary.ts'
import { insideEnvironment } from '../bubblewrap/environment.ts'
import type { LayoutStep } from '../bubblewrap/layout.ts'
import { nearest, ownFolder } from '../bubblewrap/layout.ts'
import type { ProcessLimits } from '../limits/limit-group.ts'

/** Where runsc and its description are, covered inside the machine. */
export const machineFolder: string = `${ownFolder}/machine`

const mebibyte = 1_048_576

/** What a machine is made of. */
export interface MachineSpec {
  readonly boundary: Boundary
  readonly layout: readonly LayoutStep[]
  /** The first program, with its arguments. */
  readonly words: readonly string[]
  readonly processLimits: ProcessLimits
}

interface Mount {
  readonly destination: string
  readonly type: string
  readonly source: string
  readonly options?: readonly string[]
}

/** The text of `config.json`. */
export function machineConfig({ boundary, layout, words, processLimits }: MachineSpec): string {
  const { openFiles, fileBytes, cpuSeconds } = processLimits
  const limit = (type: string, value: number | null): readonly object[] =>
    value === null ? [] : [{ type, hard: value, soft: value }]
  return JSON.stringify({
    ociVersion: '1.0.0',
    process: {
      terminal: boundary.terminal === 'inherit',
      user: { uid: 0, gid: 0 },
      args: words,
      env: Object.entries(insideEnvironment(boundary)).map(([name, value]) => `${name}=${value}`),
      cwd: boundary.cwd,
      capabilities: {},
      noNewPrivileges: true,
      rlimits: [
        ...limit('RLIMIT_NOFILE', openFiles),
        ...limit('RLIMIT_FSIZE', fileBytes),
        ...limit('RLIMIT_CPU', cpuSeconds),
        ...limit('RLIMIT_CORE', 0),
      ],
    },
    root: { path: '/', readonly: true },
    hostname: 'custos',
    mounts: mounts(boundary, layout),
    linux: { namespaces: ['pid', 'network', 'ipc', 'uts', 'mount'].map((type) => ({ type })) },
  })
}

function mounts({ limits }: Boundary, layout: readonly LayoutStep[]): readonly Mount[] {
  const steps = new Map(layout.map((step) => [step.path, step]))
  const memory = (destination: string, mode: string): Mount => ({
    destination,
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['nosuid', 'nodev', `mode=${mode}`, `size=${limits.diskMiB * mebibyte}`],
  })
  return [
    { destination: '/proc', type: 'proc', source: 'proc' },
    memory('/dev/shm', '1777'),
    ...layout.flatMap((step): readonly Mount[] => {
      const { path } = step
      const isOwn = step.kind === 'temporary' || (step.kind === 'folder' && isInTemporary(steps, path))
      if (isOwn) return [memory(path, step.mode.toString(8))]
      const isChanged = step.kind === 'view' || (step.kind === 'show' && step.isWritable)
      if (!isChanged && !(step.kind === 'show' && isInTemporary(steps, path))) return []
      return [
        {
          destination: path,
          type: 'bind',
          source: path,
          options: ['rbind', isChanged ? 'rw' : 'ro', 'nosuid'],
        },
      ]
    }),
    { destination: machineFolder, type: 'tmpfs', source: 'tmpfs', options: ['ro', 'size=4096'] },
  ]
}

/** Whether the machine's own temporary folder would lie over what is shown at `path`. */
function isInTemporary(steps: ReadonlyMap<string, LayoutStep>, path: string): boolean {
  const above = new Map([...steps].filter(([other]) => other !== path))
  return nearest(above, path)?.kind === 'temporary'
}
