import type { KeyboardEvent } from 'react'
import { useStatistics } from '../dashboard/useStatistics'
import { digits, rich, t } from '../language'
import { barsOf, barText, type Bar, type Counted } from './counting'
import { ErrorBox } from './ErrorBox'
import './strip.css'

interface Props {
  counted: Counted
  /** What a click on a bar does, where there is a place to lead to. */
  onOpen?: ((bars: readonly Bar[], index: number) => void) | undefined
}

const EVERY_MS = 60_000
const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1 }

/** What a list is about over time and by state, above it. */
export function ExecutionStrip({ counted, onOpen }: Props) {
  const { data, error } = useStatistics(counted, EVERY_MS)
  if (error) return <ErrorBox error={error} />
  if (!data) return <div className="strip panel" aria-busy />
  const bars = barsOf(data)
  const total = bars.reduce((sum, bar) => sum + bar.total, 0)
  const last = bars.findLastIndex((bar) => bar.total > 0)
  const most = Math.max(1, ...bars.map((bar) => bar.total))
  return (
    <div className="strip panel" role="group" aria-label={t`Executions over time by state, ${digits(total)} in all`}>
      <div className="strip-total">{rich`${<strong key="total">{digits(total)}</strong>}since ${bars[0]?.name}`}</div>
      <div className="strip-bars" onKeyDown={walk}>
        {bars.map((bar, index) => {
          const parts = bar.parts.map(({ state, count }) => <span key={state} data-state={state} style={{ height: `${(100 * count) / most}%` }} />)
          return onOpen && bar.total ? (
            <button key={bar.startDate} type="button" className="strip-bar" title={barText(bar)} aria-label={barText(bar)} tabIndex={index === last ? 0 : -1} onClick={() => onOpen(bars, index)}>{parts}</button>
          ) : (
            <div key={bar.startDate} className="strip-bar" title={barText(bar)}>{parts}</div>
          )
        })}
      </div>
    </div>
  )
}

/** The bars are one step of the keyboard; arrows lead from one to the next. */
function walk(event: KeyboardEvent<HTMLElement>): void {
  const step = STEPS[event.key]
  if (!step) return
  const buttons = [...event.currentTarget.querySelectorAll('button')]
  buttons[buttons.indexOf(event.target as HTMLButtonElement) + step]?.focus()
}
