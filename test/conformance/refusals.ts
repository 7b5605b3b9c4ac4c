/**
 * Which scenario shows that a capability is missing. Taking the capability away must stop that scenario, and
 * nothing that the capability is for may reach the server.
 */
import type { Requirements } from './suite.ts'

/** One capability to take away, and the scenario that needs it. */
export interface Removal {
  readonly selector: string
  readonly requirements: Requirements
  readonly scenario: string
}

const tool = 'tools/test_'
const rounds = 'tools/test_input_required_result_'

const legacy: readonly (readonly [string, string])[] = [
  [`${tool}simple_text`, 'tools-call-simple-text'],
  [`${tool}image_content`, 'tools-call-image'],
  [`${tool}audio_content`, 'tools-call-audio'],
  [`${tool}embedded_resource`, 'tools-call-embedded-resource'],
  [`${tool}multiple_content_types`, 'tools-call-mixed-content'],
  [`${tool}tool_with_logging`, 'tools-call-with-logging'],
  [`${tool}tool_with_progress`, 'tools-call-with-progress'],
  [`${tool}sampling`, 'tools-call-sampling'],
  [`${tool}elicitation`, 'tools-call-elicitation'],
  [`${tool}elicitation_sep1034_defaults`, 'elicitation-sep1034-defaults'],
  [`${tool}elicitation_sep1330_enums`, 'elicitation-sep1330-enums'],
  ['resources/read', 'resources-read-text'],
  ['resources/read', 'resources-read-binary'],
  ['resources/read', 'resources-templates-read'],
  ['resources/subscribe', 'resources-subscribe'],
  ['prompts/get', 'prompts-get-simple'],
  ['prompts/get', 'prompts-get-with-args'],
  ['prompts/get', 'prompts-get-embedded-resource'],
  ['prompts/get', 'prompts-get-with-image'],
  ['completion/complete', 'completion-complete'],
  ['client/sampling', 'tools-call-sampling'],
  ['client/elicitation', 'tools-call-elicitation'],
  ['client/elicitation', 'elicitation-sep1034-defaults'],
]

const modern: readonly (readonly [string, string])[] = [
  [`${tool}simple_text`, 'tools-call-simple-text'],
  [`${tool}image_content`, 'tools-call-image'],
  [`${tool}tool_with_progress`, 'tools-call-with-progress'],
  [`${tool}x_mcp_header`, 'http-custom-header-server-validation'],
  [`${tool}missing_capability`, 'server-stateless'],
  [`${rounds}elicitation`, 'input-required-result-basic-elicitation'],
  [`${rounds}sampling`, 'input-required-result-basic-sampling'],
  [`${rounds}list_roots`, 'input-required-result-basic-list-roots'],
  [`${rounds}request_state`, 'input-required-result-request-state'],
  [`${rounds}multiple_inputs`, 'input-required-result-multiple-input-requests'],
  [`${rounds}multi_round`, 'input-required-result-multi-round'],
  [`${rounds}tampered_state`, 'input-required-result-tampered-state'],
  ['resources/read', 'resources-read-text'],
  ['resources/read', 'caching'],
  ['prompts/get', 'prompts-get-simple'],
  ['prompts/get', 'input-required-result-non-tool-request'],
  ['completion/complete', 'completion-complete'],
  ['client/elicitation', 'input-required-result-basic-elicitation'],
  ['client/sampling', 'input-required-result-basic-sampling'],
  ['client/roots', 'input-required-result-basic-list-roots'],
]

/** Every removal that is tried. */
export const removals: readonly Removal[] = [
  ...legacy.map(([selector, scenario]) => ({ selector, scenario, requirements: '2025-11-25' }) as const),
  ...modern.map(([selector, scenario]) => ({ selector, scenario, requirements: '2026-07-28' }) as const),
]

/** True when what reached the server is what `selector` is for. What a driver may ask never reaches it. */
export function reached(selector: string, seen: string): boolean {
  if (selector.startsWith('client/')) return false
  if (selector.startsWith('tools/')) return seen === `tools/call ${selector.slice('tools/'.length)}`
  // A subscription reaches a modern server as an address in what the adapter listens to.
  if (selector === 'resources/subscribe' && seen.startsWith('subscriptions/listen ')) return true
  return seen === selector || seen.startsWith(`${selector} `)
}
