/**
 * What a driver asks a person for, as an operator sees and answers it. Forms are flat: texts, numbers, yes or
 * no, and choices. The schema comes from the driver and is judged here member by member; what is not
 * understood is shown as it is, and never believed.
 */
import type { Json, JsonObject } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import { visible, visibleShort } from './escape.ts'

/** One field of a form. */
export interface FormField {
  readonly name: string
  readonly type: 'string' | 'number' | 'integer' | 'boolean' | 'choices' | 'unknown'
  readonly required: boolean
  /** The values to choose from, with their titles; empty when any value of the type will do. */
  readonly choices: readonly { readonly value: string; readonly title: string }[]
  readonly least: number | null
  readonly most: number | null
  readonly about: string
  readonly schema: JsonObject
}

/** What is asked: fields to fill in, or an address to go to. */
export interface ElicitationForm {
  readonly message: string
  readonly fields: readonly FormField[]
  /** The address a person is sent to, or empty. */
  readonly url: string
}

/** Reads the arguments of a held `client/elicitation`, or says why they cannot be answered. */
export function parseForm(argumentBytes: Uint8Array): Result<ElicitationForm, string> {
  const parsed = parseStrictJson(argumentBytes)
  if (!parsed.ok || !isJsonObject(parsed.value)) return err('the question is not readable')
  const { message, mode, url, requestedSchema } = parsed.value as {
    readonly [name: string]: Json | undefined
  }
  const text = typeof message === 'string' ? message : ''
  if (mode === 'url') return ok({ message: text, fields: [], url: typeof url === 'string' ? url : '' })
  if (!isJsonObject(requestedSchema)) return err('the question has no form')
  const { properties, required } = requestedSchema as { readonly [name: string]: Json | undefined }
  if (!isJsonObject(properties)) return err('the form has no fields')
  const needed = new Set(Array.isArray(required) ? (required as readonly Json[]) : [])
  const fields = Object.entries(properties).map(([name, schema]) => fieldOf(name, schema, needed.has(name)))
  return ok({ message: text, fields, url: '' })
}

function fieldOf(name: string, schema: Json, required: boolean): FormField {
  const told = isJsonObject(schema) ? schema : {}
  const { type, items, title, description } = told as { readonly [name: string]: Json | undefined }
  const isList = type === 'array'
  const choices = choicesIn(isList && isJsonObject(items) ? items : told)
  return {
    name,
    type: isList ? (choices.length > 0 ? 'choices' : 'unknown') : typeIn(type),
    required,
    choices,
    least: numberIn(told, ['minimum', 'minLength', 'minItems']),
    most: numberIn(told, ['maximum', 'maxLength', 'maxItems']),
    about: [title, description].filter((text) => typeof text === 'string').join(': '),
    schema: told,
  }
}

function typeIn(type: Json | undefined): FormField['type'] {
  return type === 'string' || type === 'number' || type === 'integer' || type === 'boolean' ? type : 'unknown'
}

function choicesIn(schema: JsonObject): FormField['choices'] {
  const { enum: values, enumNames, oneOf, anyOf } = schema as { readonly [name: string]: Json | undefined }
  if (Array.isArray(values)) {
    const titles = Array.isArray(enumNames) ? (enumNames as readonly Json[]) : []
    return (values as readonly Json[]).flatMap((value, index) => {
      const title = titles[index]
      return typeof value === 'string' ? [{ value, title: typeof title === 'string' ? title : '' }] : []
    })
  }
  const titled = Array.isArray(oneOf) ? oneOf : anyOf
  if (!Array.isArray(titled)) return []
  return (titled as readonly Json[]).flatMap((option) => {
    if (!isJsonObject(option) || typeof option['const'] !== 'string') return []
    return [{ value: option['const'], title: typeof option['title'] === 'string' ? option['title'] : '' }]
  })
}

function numberIn(schema: JsonObject, names: readonly string[]): number | null {
  const found = names.map((name) => schema[name]).find((value) => typeof value === 'number')
  return typeof found === 'number' ? found : null
}

const shownLength = 400

/** The form as lines, safe to print. */
export function showForm({ message, fields, url }: ElicitationForm): readonly string[] {
  return [
    `asks       ${visible(message)}`,
    ...(url === '' ? [] : [`address    ${visible(url)} (open it only if you know why)`]),
    ...fields.map((field) => `field      ${showField(field)}`),
  ]
}

/** One field in words, safe to print. */
export function showField({ name, type, required, choices, least, most, about, schema }: FormField): string {
  const bounds = least === null && most === null ? '' : ` ${least ?? ''}..${most ?? ''}`
  const format = typeof schema['format'] === 'string' ? ` (${visible(schema['format'])})` : ''
  const among = choices.map(
    ({ value, title }) => `${JSON.stringify(value)}${title === '' ? '' : ` ${title}`}`,
  )
  const list =
    among.length === 0
      ? ''
      : ` ${type === 'choices' ? 'some' : 'one'} of ${visibleShort(among.join(', '), shownLength)}`
  const remark = about === '' ? '' : `: ${visibleShort(about, shownLength)}`
  return `${visible(name)} ${required ? '(required)' : '(optional)'} ${type}${bounds}${format}${list}${remark}`
}
