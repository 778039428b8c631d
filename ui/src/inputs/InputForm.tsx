import { Stack } from '@mantine/core'
import { InputField } from './InputField'
import type { Inputs } from './useInputs'

export function InputForm({ inputs }: { inputs: Inputs }) {
  return (
    <Stack gap="sm">
      {inputs.specs.map((spec) => (
        <InputField
          key={spec.id} spec={spec} value={inputs.values[spec.id]} error={inputs.errors[spec.id]} choices={inputs.choices[spec.id]}
          onChange={(value) => inputs.set(spec.id, value)}
        />
      ))}
    </Stack>
  )
}

/** Brings the first field that is wrong into view. */
export const focusInput = (id: string) => document.getElementById(`input-${id}`)?.focus()
