import { Modal, NavLink, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { flowsQuery } from '../api/flows'
import type { Flow } from '../api/types'
import { t } from '../language'
import { useFocusBack } from '../parts/useFocusBack'
import { ExecuteDialog } from './ExecuteDialog'

/** One search over all flows, then the form of the chosen one. */
export function FlowChooser({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  useFocusBack(isOpen)
  const [text, setText] = useState('')
  const [settled] = useDebouncedValue(text, 150)
  const [flow, setFlow] = useState<Flow>()
  const { data } = useQuery({ ...flowsQuery({ q: settled, size: 10 }), enabled: isOpen })
  if (flow) {
    return <ExecuteDialog flow={flow} onClose={() => {
      setFlow(undefined)
      onClose()
    }} />
  }
  return (
    <Modal opened={isOpen} onClose={onClose} title={t`Which flow?`}>
      <TextInput data-autofocus aria-label={t`Search flows`} placeholder={t`Search flows`} value={text} onChange={(event) => setText(event.currentTarget.value)} mb="xs" />
      {data?.results.map((item) => (
        <NavLink key={`${item.namespace}.${item.id}`} component="button" label={item.id} description={item.namespace} disabled={item.disabled ?? false} onClick={() => setFlow(item)} />
      ))}
      {data?.results.length === 0 && <Text c="dimmed" size="sm">{t`No flow has this in its name.`}</Text>}
    </Modal>
  )
}
