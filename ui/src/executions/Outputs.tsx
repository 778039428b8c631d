import { Text } from '@mantine/core'
import { useState } from 'react'
import { useCan } from '../api/capabilities'
import type { Execution, TaskRun } from '../api/types'
import { Copy, isFile, textOf } from '../parts/ValueTable'
import { FileLink } from '../parts/FileLink'
import { ValueTree } from '../parts/ValueTree'
import { Debugger } from './Debugger'
import { nameOf, rowsOf } from './tree'

interface Chosen {
  run: TaskRun
  path: readonly string[]
  value: unknown
}

/** All outputs as one tree; the value of the chosen branch stands in full beside it. */
export function Outputs({ execution }: { execution: Execution }) {
  const [chosen, setChosen] = useState<Chosen>()
  const canDebug = useCan('POST /api/v1/executions/{}/eval/{}')
  const rows = rowsOf(execution.taskRunList ?? [])
  return (
    <div className="split">
      <div className="panel" style={{ padding: 8, overflow: 'auto', maxHeight: 'calc(100dvh - 175px)' }}>
        {rows.map(({ run, depth }) => (
          <div key={run.id} style={{ paddingLeft: depth * 14 }}>
            {hasAny(run.outputs) ? (
              <ValueTree
                name={nameOf(run)} value={run.outputs} startsOpen={rows.length <= 12}
                onChoose={(path, value) => setChosen({ run, path, value })}
              />
            ) : (
              <Text size="sm" py={2} pl={20}>
                {nameOf(run)} <Text span size="xs" c="dimmed">no outputs</Text>
              </Text>
            )}
          </div>
        ))}
        {rows.length === 0 && <Text c="dimmed">No task has run yet.</Text>}
      </div>
      <div style={{ minWidth: 0 }}>
        {chosen ? <Detail chosen={chosen} executionId={execution.id} /> : <Text c="dimmed">Choose a value to see all of it.</Text>}
        {chosen && canDebug && (
          <Debugger key={chosen.run.id + chosen.path.join('.')} executionId={execution.id} taskRunId={chosen.run.id} expression={expressionOf(chosen)} />
        )}
      </div>
    </div>
  )
}

function hasAny(outputs: unknown): boolean {
  return outputs !== null && typeof outputs === 'object' && Object.keys(outputs).length > 0
}

const PLAIN = /^[A-Za-z_]\w*$/

/** How a flow would write the chosen value. */
export function expressionOf({ run, path }: Pick<Chosen, 'run' | 'path'>): string {
  const step = (name: string) => (PLAIN.test(name) ? `.${name}` : /^\d+$/.test(name) ? `[${name}]` : `['${name}']`)
  const loop = run.value === undefined ? [] : [run.value]
  return `{{ outputs${[run.taskId, ...loop, ...path].map(step).join('')} }}`
}

function Detail({ chosen, executionId }: { chosen: Chosen; executionId: string }) {
  const text = textOf(chosen.value)
  const expression = expressionOf(chosen)
  return (
    <section aria-label="Value">
      <Text size="sm" mb={6}>
        <code className="mono">{expression}</code> <Copy text={expression} />
      </Text>
      {isFile(chosen.value) ? <FileLink uri={chosen.value} executionId={executionId} /> : (
        <>
          <pre className="block mono">{text === '' ? 'empty text' : text}</pre>
          <Copy text={text} label="copy value" />
        </>
      )}
    </section>
  )
}
