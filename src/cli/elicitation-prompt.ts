/**
 * Gets an operator's answer to a driver's question: from the command line, or field by field at a terminal.
 * A question that waits for an operator is answered by that operator, and approving it is the answer.
 */
import type { Json, JsonObject } from '../base/json.ts'
import { checkAnswer, typedValue } from './elicitation-answer.ts'
import type { ElicitationForm } from './elicitation-form.ts'
import { parseForm, showField } from './elicitation-form.ts'
import { visible } from './escape.ts'
import { usageFailure } from './exit.ts'
import { ask, canAsk } from './prompt.ts'

/** The answer's JSON text; null where there is nothing to fill in. Unfit answers are usage failures. */
export async function answerQuestion(
  argumentBytes: Uint8Array,
  given: string | null,
): Promise<string | null> {
  const form = parseForm(argumentBytes)
  if (!form.ok) throw usageFailure(form.error, 'deny it: custos deny CALL')
  if (given !== null) return fit(form.value, given)
  const { fields } = form.value
  if (fields.length === 0) return null
  if (canAsk()) return fit(form.value, JSON.stringify(await askFields(form.value)))
  if (!fields.some(({ required }) => required)) return '{}'
  throw usageFailure('this question needs an answer', `add --answer '{"field": value}'`)
}

function fit(form: ElicitationForm, text: string): string {
  const answer = checkAnswer(form, text)
  if (answer.ok) return answer.value
  throw usageFailure(visible(answer.error), 'nothing was signed')
}

async function askFields({ fields }: ElicitationForm): Promise<JsonObject> {
  const answer: { [name: string]: Json } = Object.create(null) as { [name: string]: Json }
  for (const field of fields) {
    const value = typedValue(field, await ask(`  ${showField(field)}\n  > `, ''))
    if (value !== undefined) answer[field.name] = value
  }
  return answer
}
