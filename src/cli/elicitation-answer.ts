/**
 * An operator's answer to a driver's question, held against the form before it is signed: a field that is not
 * asked for, missing or of the wrong kind is an error here rather than a surprise for the driver.
 */
import type { Json } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import { limits } from '../kernel/limits.ts'
import type { ElicitationForm, FormField } from './elicitation-form.ts'

/** Checks the JSON text of an answer, and returns it without white space; or what is wrong with it. */
export function checkAnswer(form: ElicitationForm, text: string): Result<string, string> {
  const parsed = parseStrictJson(Buffer.from(text))
  if (!parsed.ok) return err(`the answer is not JSON: ${parsed.error.message}`)
  if (!isJsonObject(parsed.value)) return err('the answer must be a JSON object from field to value')
  for (const [name, value] of Object.entries(parsed.value)) {
    const field = form.fields.find((one) => one.name === name)
    if (field === undefined) return err(`the form has no field ${JSON.stringify(name)}`)
    const wrong = whyUnfit(field, value)
    if (wrong !== null) return err(`the field ${JSON.stringify(name)} ${wrong}`)
  }
  const { value: answer } = parsed
  const missing = form.fields.find(({ name, required }) => required && !Object.hasOwn(answer, name))
  if (missing !== undefined) return err(`the field ${JSON.stringify(missing.name)} is required and missing`)
  const compact = JSON.stringify(answer)
  return Buffer.byteLength(compact) <= limits.answerLength
    ? ok(compact)
    : err(`the answer is longer than ${limits.answerLength} bytes`)
}

/** Why a value does not fit its field, or null. */
function whyUnfit(field: FormField, value: Json): string | null {
  switch (field.type) {
    case 'boolean':
      return typeof value === 'boolean' ? null : 'must be true or false'
    case 'integer':
    case 'number':
      if (typeof value !== 'number') return 'must be a number'
      if (field.type === 'integer' && !Number.isInteger(value)) return 'must be a whole number'
      return whyOutside(field, value, 'must be')
    case 'string':
      if (typeof value !== 'string') return 'must be a text'
      if (field.choices.length > 0) return whyNoChoice(field, value)
      return (
        whyOutside(field, Array.from(value).length, 'must have a length of') ?? whyNotFormat(field, value)
      )
    case 'choices': {
      if (!Array.isArray(value)) return 'must be a list of choices'
      const odd = (value as readonly Json[])
        .map((item) => whyNoChoice(field, item))
        .find((why) => why !== null)
      return odd ?? whyOutside(field, value.length, 'must have a count of')
    }
    case 'unknown':
      return 'is of a kind that cannot be answered here'
  }
}

function whyOutside({ least, most }: FormField, measure: number, must: string): string | null {
  if (least !== null && measure < least) return `${must} at least ${least}`
  return most !== null && measure > most ? `${must} at most ${most}` : null
}

function whyNoChoice({ choices }: FormField, value: Json): string | null {
  return choices.some((choice) => choice.value === value)
    ? null
    : `must be one of ${choices.map((choice) => JSON.stringify(choice.value)).join(', ')}`
}

const formats: ReadonlyMap<string, RegExp> = new Map([
  ['email', /^[^\s@]+@[^\s@]+$/u],
  ['uri', /^[A-Za-z][A-Za-z0-9+.-]*:\S+$/u],
  ['date', /^\d{4}-\d{2}-\d{2}$/u],
  ['date-time', /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/u],
])

function whyNotFormat({ schema }: FormField, value: string): string | null {
  const format = typeof schema['format'] === 'string' ? schema['format'] : ''
  return formats.get(format)?.test(value) === false ? `must be of the form "${format}"` : null
}

/** The value that a person typed for a field; undefined when they left it empty. */
export function typedValue(field: FormField, typed: string): Json | undefined {
  if (typed === '') return undefined
  switch (field.type) {
    case 'boolean':
      return /^(y|yes|true)$/iu.test(typed) ? true : /^(n|no|false)$/iu.test(typed) ? false : typed
    case 'number':
    case 'integer':
      return /^-?\d+(\.\d+)?$/u.test(typed) ? Number(typed) : typed
    case 'choices':
      return typed.split(',').map((word) => word.trim())
    case 'string':
    case 'unknown':
      return typed
  }
}
