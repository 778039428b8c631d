import { Popover, TextInput } from '@mantine/core'
import { useDeferredValue, useMemo, useState } from 'react'
import { counted, t } from '../language'
import { SIGNS } from '../parts/states'
import { ELSEWHERE, type Looking } from './contexts'
import type { Iteration } from './iterations'

const MOST = 100
const SEARCHED_FROM = 10

/** Which iteration of a loop the picture shows; a loop may have thousands, which are read when they are asked for. */
export function LoopChooser({ loop, looking }: { loop: string; looking: Looking }) {
  const [isOpen, setOpen] = useState(false)
  const chosen = looking.chosen.get(loop)
  const told = chosen ?? t`All iterations`
  const choose = (name: string | undefined) => {
    looking.choose(loop, name)
    setOpen(false)
  }
  return (
    <Popover opened={isOpen} onChange={setOpen} width={240} shadow="md" trapFocus returnFocus clickOutsideEvents={ELSEWHERE}>
      <Popover.Target>
        <button type="button" className="loop-chosen nodrag nopan" aria-haspopup="dialog" aria-expanded={isOpen} aria-label={t`Iteration of ${loop}: ${told}`} onClick={() => setOpen(!isOpen)}>
          <span className="cut">{told}</span> <span aria-hidden>▾</span>
        </button>
      </Popover.Target>
      <Popover.Dropdown p={8}>{isOpen && <Choices all={looking.iterationsOf(loop)} chosen={chosen} onChoose={choose} />}</Popover.Dropdown>
    </Popover>
  )
}

interface ChoicesProps {
  all: readonly Iteration[]
  chosen: string | undefined
  onChoose: (name: string | undefined) => void
}

function Choices({ all, chosen, onChoose }: ChoicesProps) {
  const [text, setText] = useState('')
  const wanted = useDeferredValue(text.trim().toLowerCase())
  const fitting = useMemo(() => all.filter(({ name }) => name.toLowerCase().includes(wanted)), [all, wanted])
  const more = fitting.length - MOST
  return (
    <>
      {all.length > SEARCHED_FROM && <TextInput data-autofocus aria-label={t`Find an iteration`} placeholder={t`Find an iteration`} mb={6} value={text} onChange={(event) => setText(event.currentTarget.value)} />}
      <div className="loop-choices">
        <button type="button" aria-pressed={chosen === undefined} onClick={() => onChoose(undefined)}>{t`All iterations`}</button>
        {fitting.slice(0, MOST).map(({ name, state }) => (
          <button key={name} type="button" className="cut" aria-pressed={chosen === name} data-state={state} onClick={() => onChoose(name)}>
            <span className="node-sign" role="img" aria-label={state}>{SIGNS[state]} </span>{name}
          </button>
        ))}
      </div>
      {more > 0 && <p className="node-told">{counted(more, 'more iteration')}</p>}
    </>
  )
}
