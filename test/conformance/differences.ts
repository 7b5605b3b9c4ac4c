/**
 * Checks that pass without us and not through us, on purpose. All of them are recommendations: the suite warns
 * or remarks, and never fails. Anything that is not listed here, and any failure, counts against us.
 */

const notResumed =
  'streams towards clients of the legacy era are not resumed; a call goes on, and its decision is collected by repeating it'
const unchanged =
  'the server only says that its list changed: what the agent may call is what it was, and it is not told otherwise'

/** Why a check may be missing, by its id. */
export const differences: ReadonlyMap<string, string> = new Map([
  ['server-sse-priming-event', notResumed],
  ['server-sse-retry-field', notResumed],
  ['server-sse-disconnect-resume', notResumed],
  ['sep-2575-server-sends-tools-list-changed-on-subscription', unchanged],
  ['sep-2575-server-sends-prompts-list-changed-on-subscription', unchanged],
])
