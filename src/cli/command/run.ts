/**
 * `custos run`: any program inside a boundary. It sees the host read-only without its secrets, works in a private
 * view of its folder, and reaches the network only through the gate.
 */
import type { Command } from '../command.ts'
import { signingFlags } from '../command.ts'
import { runStatuses } from '../run/run-status.ts'

/** Runs a program inside a boundary. */
export const runCommand: Command = {
  name: 'run',
  synopsis: '[--agent NAME] [--net HOST]… [--writable DIR]… [flags] -- COMMAND [ARGUMENT]…',
  summary: 'run any program inside a boundary, with its changes kept apart until you commit them',
  details: [
    'It sees this machine read-only, without homes, keys and temporary folders, and its folder as a private view:',
    'what it writes there is kept apart, shown when it ends, and committed only when you say so. It has no network',
    'but the gate: a host that no --net names waits for custos approve. Ctrl-C twice kills all of it.',
    'Its exit status is the program’s, or 128 and the number of a signal; 124 when a limit ended it, 125 when it',
    'could not be made, 126 and 127 when the command cannot be executed or is not there.',
  ],
  flags: [
    { name: 'agent', value: 'NAME', about: 'on whose behalf (default: the standing agent, run)' },
    { name: 'token-file', value: 'FILE', about: 'where that agent’s token is (CUSTOS_TOKEN)' },
    { name: 'folder', value: 'DIR', about: 'the folder it works in (default: this one)' },
    { name: 'no-view', about: 'show the folder read-only instead of as a private view' },
    { name: 'writable', value: 'DIR', repeat: true, about: 'a folder that is written in place' },
    {
      name: 'readable',
      value: 'PATH',
      repeat: true,
      about: 'something in a home or temporary folder to show',
    },
    {
      name: 'net',
      value: 'HOST[:PORT][=ADDRESS]',
      repeat: true,
      about: 'a host it may reach without asking (signed)',
    },
    { name: 'env', value: 'NAME[=VALUE]', repeat: true, about: 'a variable, with this value or yours' },
    { name: 'memory', value: 'MIB', about: 'most memory of all of it (default: half of this machine’s)' },
    { name: 'processes', value: 'N', about: 'most processes and threads at once (default: 1024)' },
    { name: 'time', value: 'DURATION', about: 'when it is ended: 90s, 15m, 8h' },
    { name: 'rung', value: 'RUNG', about: 'exactly this boundary: gvisor, bubblewrap or landlock' },
    {
      name: 'machine',
      value: 'quickjs',
      about: 'run a script for deterministic agents; COMMAND is its file',
    },
    ...signingFlags,
  ],
  positionals: { fewest: 0, most: 0 },
  takesProgram: true,
  failureStatus: runStatuses.notMade,
  // Much of the system is behind it, which no other command should have to load.
  run: async (context) => (await import('../run/run.ts')).runCommandIn(context),
}
