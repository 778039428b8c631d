import { Button, NativeSelect } from '@mantine/core'
import type { TimeWindow } from '../api/dashboards'
import { Typed } from '../executions/FilterBar'
import { t } from '../language'
import { LabelChips, LabelField, StatesField } from '../parts/FilterFields'
import { MomentField } from '../parts/TimeField'
import { useAddress } from '../useAddress'
import { askedOf, isNarrowed, narrowedOf, notNarrowed, type Narrowed } from './narrowed'
import { movedTo, rangesOf, type Span } from './spans'

/** What the address narrows a dashboard to, within what that allows. */
export function useNarrowed(window: TimeWindow): Narrowed {
  const [search] = useAddress()
  return narrowedOf(search, window)
}

const BETWEEN = { value: 'between', label: t`Between …` }

export function ViewFilter({ narrowed }: { narrowed: Narrowed }) {
  const { namespace, flow, states, labels, timeRange, between, window } = narrowed
  const [, change] = useAddress()
  const choose = (range: string) => {
    if (range === BETWEEN.value) change({ timeRange: undefined, ...addressOf(askedOf(narrowed, new Date()).span) })
    else change({ timeRange: range, startDate: undefined, endDate: undefined })
  }
  const label = (next: string[]) => change({ labels: next })
  return (
    <div className="narrowing" role="search" aria-label={t`Filters`}>
      <Typed label={t`Namespace`} value={namespace} onSettled={(text) => change({ namespace: text })} isFirst />
      <Typed label={t`Flow`} value={flow} onSettled={(text) => change({ flowId: text })} />
      <StatesField states={states} onChange={(state) => change({ state })} />
      <LabelField labels={labels} onChange={label} />
      <NativeSelect
        size="xs" aria-label={t`Time`} data={[...rangesOf(window), BETWEEN]} value={between ? BETWEEN.value : timeRange}
        onChange={(event) => choose(event.currentTarget.value)}
      />
      {between && <Between span={between} window={window} onChange={(span) => change(addressOf(span))} />}
      {isNarrowed(narrowed) && (
        <div className="narrowed">
          <LabelChips labels={labels} onChange={label} />
          <Button variant="subtle" size="compact-xs" onClick={() => change(notNarrowed())}>{t`Clear filters`}</Button>
        </div>
      )}
    </div>
  )
}

const addressOf = ({ start, end }: Span) => ({ startDate: start.toISOString(), endDate: end.toISOString() })

function Between({ span, window, onChange }: { span: Span; window: TimeWindow; onChange: (span: Span) => void }) {
  const field = (end: keyof Span, label: string) => <MomentField label={label} value={span[end].toISOString()} onSettled={(moment) => onChange(movedTo(span, end, new Date(moment), window))} />
  return <div className="between">{field('start', t`From`)}{field('end', t`To`)}</div>
}
