import { Input } from '@mantine/core'
import { lazy, Suspense, type ReactNode } from 'react'

const CodeEditor = lazy(() => import('../editor/CodeEditor'))

interface Props {
  id: string
  label: string
  description: ReactNode
  error: string | undefined
  withAsterisk: boolean
  placeholder?: string | undefined
  value: string
  onChange: (value: string) => void
}

const LINE_PIXELS = 19
const FEWEST_LINES = 3
const MOST_LINES = 14

/** A field for JSON or YAML: coloured, its brackets matched, as high as its text up to a bound. */
export function CodeInput({ value, onChange, label, placeholder, ...wrapper }: Props) {
  const lines = Math.min(Math.max(value.split('\n').length, FEWEST_LINES), MOST_LINES)
  const height = `${lines * LINE_PIXELS + 16}px`
  return (
    <Input.Wrapper {...wrapper} label={label} labelElement="div" size="xs">
      <Suspense fallback={<div className="panel" style={{ height }} />}>
        <CodeEditor isField value={value} onChange={onChange} placeholder={placeholder} height={height} label={label} />
      </Suspense>
    </Input.Wrapper>
  )
}
