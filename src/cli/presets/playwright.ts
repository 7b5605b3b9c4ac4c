/**
 * Presets for Playwright's server. Looking at the page is read-only; going anywhere or touching the page acts
 * in the world. Arguments that write files are not in them.
 */
import type { ServerPresets } from './preset.ts'

/** `@playwright/mcp`. */
export const playwrightPresets: ServerPresets = {
  server: 'playwright',
  origin: '@playwright/mcp',
  known: ['tools/browser_navigate', 'tools/browser_snapshot', 'tools/browser_fill_form'],
  readOnly: {
    'tools/browser_snapshot': ['target? any', 'depth? range 1..', 'boxes? in [true,false]'],
    'tools/browser_find': ['text? any', 'regex? any'],
    'tools/browser_console_messages': ['level any', 'all? in [true,false]'],
    'tools/browser_network_requests': ['static in [true,false]', 'filter? any'],
    'tools/browser_network_request': ['index range 0..', 'part? any'],
    'tools/browser_take_screenshot': [
      'element? any',
      'target? any',
      'type? any',
      'fullPage? in [true,false]',
      'scale? any',
    ],
    'tools/browser_wait_for': ['time? range 0..', 'text? any', 'textGone? any'],
  },
  readWrite: {
    'tools/browser_navigate': ['url any'],
    'tools/browser_navigate_back': [],
    'tools/browser_tabs': ['action any', 'index? range 0..', 'url? any'],
    'tools/browser_click': [
      'element? any',
      'target any',
      'doubleClick? in [true,false]',
      'button? any',
      'modifiers? any',
    ],
    'tools/browser_hover': ['element? any', 'target any'],
    'tools/browser_drag': ['startElement? any', 'startTarget any', 'endElement? any', 'endTarget any'],
    'tools/browser_type': [
      'element? any',
      'target any',
      'text any',
      'submit? in [true,false]',
      'slowly? in [true,false]',
    ],
    'tools/browser_fill_form': ['fields any'],
    'tools/browser_select_option': ['element? any', 'target any', 'values any'],
    'tools/browser_press_key': ['key any'],
    'tools/browser_handle_dialog': ['accept in [true,false]', 'promptText? any'],
    'tools/browser_file_upload': ['paths? every within /$ROOT'],
    'tools/browser_resize': ['width range 1..', 'height range 1..'],
    'tools/browser_emulate_media': [
      'colorScheme? any',
      'reducedMotion? any',
      'forcedColors? any',
      'contrast? any',
      'media? any',
    ],
    'tools/browser_close': [],
  },
  leftOut: {
    'tools/browser_evaluate': 'it runs any script in the page',
    'tools/browser_run_code_unsafe': 'it runs any code in the server',
    'tools/browser_drop': 'it hands over any data',
  },
}
