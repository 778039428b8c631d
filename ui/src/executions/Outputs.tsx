import { Text, TextInput } from '@mantine/core'
import { memo, useDeferredValue, useMemo, useState } from 'react'
import { useCan } from '../api/capabilities'
import type { Execution, TaskRun } from '../api/types'
import { counted, t } from '../language'
import { isEncrypted } from '../parts/secrets'
import { Copy, isFile, Secret, textOf } from '../parts/ValueTable'
import { Late } from '../parts/Late'
import { FileLink } from '../parts/FileLink'
import { ValueTree } from '../parts/ValueTree'
import { fetchedOnce } from './later'
import { nameOf, rowsIn, treeOf } from './tree'
import { useStanding } from './useStanding'

interface Chosen {
  run: TaskRun
  path: readonly string[]
  value: unknown
}

const expressionDebugger = fetchedOnce(() => import('./Debugger'))
/** What the debugger begins with when no value is chosen. */
const UNTOUCHED = '{{ inputs }}'
const FEW_ROWS = 12
/** A loop may have thousands of runs; more than these are for searching, not for scrolling. */
const MOST_ROWS = 100
const NONE: readonly TaskRun[] = []

/** All outputs as one tree; the value of the chosen branch stands in full beside it. */
export function Outputs({ execution }: { execution: Execution }) {
  const [chosen, setChosen] = useState<Chosen>()
  const canDebug = useCan('POST /api/v1/executions/{}/eval/{}')
  const [text, setText] = useState('')
  const runs = execution.taskRunList ?? NONE
  const standing = useStanding(runs)
  const all = useMemo(() => rowsIn(standing, treeOf(standing)), [standing])
  // Typing goes on while what fits is looked for.
  const wanted = useDeferredValue(text).toLowerCase()
  const fitting = useMemo(
    () => (wanted ? all.filter(({ place }) => nameOf(standing[place] as TaskRun).toLowerCase().includes(wanted)) : all),
    [all, standing, wanted],
  )
  const rows = fitting.slice(0, MOST_ROWS)
  return (
    <div className="split">
      <div className="panel" style={{ padding: 8, overflow: 'auto', maxHeight: 'calc(100dvh - 175px)' }}>
        {all.length > FEW_ROWS && (
          <TextInput aria-label={t`Search task runs`} placeholder={t`Search task runs`} data-filter mb="xs" value={text} onChange={(event) => setText(event.currentTarget.value)} />
        )}
        {rows.map(({ place, depth }) => {
          const run = runs[place] as TaskRun
          return <RunOutputs key={run.id} run={run} depth={depth} startsOpen={all.length <= FEW_ROWS} onChoose={setChosen} />
        })}
        {fitting.length > MOST_ROWS && <Text size="sm" c="dimmed">{counted(fitting.length - MOST_ROWS, 'more: search for a task or a value.', 'more: search for a task or a value.')}</Text>}
        {rows.length === 0 && <Text c="dimmed">{text ? t`No task run has this name.` : t`No task has run yet.`}</Text>}
      </div>
      <div style={{ minWidth: 0 }}>
        {chosen ? <Detail chosen={chosen} executionId={execution.id} /> : <Text c="dimmed">{t`Choose a value to see all of it.`}</Text>}
        {canDebug && runs.length > 0 && (
          <Late
            key={chosen ? chosen.run.id + chosen.path.join('.') : ''} source={expressionDebugger} waiting={t`Loading …`}
            of={{ execution, run: chosen?.run, expression: chosen ? expressionOf(chosen) : UNTOUCHED }}
          />
        )}
      </div>
    </div>
  )
}

interface RunProps {
  run: TaskRun
  depth: number
  startsOpen: boolean
  onChoose: (chosen: Chosen) => void
}

/** Drawn again only when its run has changed. */
const RunOutputs = memo(function RunOutputs({ run, depth, startsOpen, onChoose }: RunProps) {
  return (
    <div style={{ paddingLeft: depth * 14 }}>
      {hasAny(run.outputs) ? (
        <ValueTree name={nameOf(run)} value={run.outputs} startsOpen={startsOpen} onChoose={(path, value) => onChoose({ run, path, value })} />
      ) : (
        <div className="tree-row">
          <span className="tree-fold" />
          <span className="cut tree-name"><strong>{nameOf(run)}</strong> <Text span size="xs" c="dimmed">{t`no outputs`}</Text></span>
        </div>
      )}
    </div>
  )
})

function hasAny(outputs: unknown): boolean {
  return outputs !== null && typeof outputs === 'object' && Object.keys(outputs).length > 0
}

const PLAIN = /^[A-Za-z_]\w*$/

/** How a flow would write the chosen value. */
function expressionOf({ run, path }: Pick<Chosen, 'run' | 'path'>): string {
  const step = (name: string) => (PLAIN.test(name) ? `.${name}` : /^\d+$/.test(name) ? `[${name}]` : `['${name}']`)
  const loop = run.value === undefined ? [] : [run.value]
  return `{{ outputs${[run.taskId, ...loop, ...path].map(step).join('')} }}`
}

function Detail({ chosen, executionId }: { chosen: Chosen; executionId: string }) {
  const expression = expressionOf(chosen)
  return (
    <section aria-label={t`Value`}>
      <Text size="sm" mb={6}>
        <code className="mono">{expression}</code> <Copy text={expression} />
      </Text>
      <Whole value={chosen.value} executionId={executionId} />
    </section>
  )
}

/** A value in full. */
export function Whole({ value, executionId }: { value: unknown; executionId: string }) {
  if (isEncrypted(value)) return <Secret />
  if (isFile(value)) return <FileLink uri={value} executionId={executionId} />
  const text = textOf(value)
  return (
    <>
      <pre className="block mono">{text === '' ? t`empty text` : text}</pre>
      <Copy text={text} label={t`copy value`} />
    </>
  )
}
