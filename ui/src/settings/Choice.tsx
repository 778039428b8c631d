import { Select } from '@mantine/core'

export interface Option {
  value: string
  label: string
}

interface Props {
  label: string
  data: readonly (string | Option)[]
  value: string
  onChange: (value: string) => void
  isSearchable?: boolean
}

/** One of several, and always one of them. */
export function Choice({ label, data, value, onChange, isSearchable = false }: Props) {
  return <Select label={label} data={data} value={value} searchable={isSearchable} allowDeselect={false} maxDropdownHeight={300} onChange={(next) => next !== null && onChange(next)} />
}
