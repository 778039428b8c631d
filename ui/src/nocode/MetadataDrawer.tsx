import { Button, Drawer, Group } from '@mantine/core'
import { t } from '../language'
import { useFocusBack } from '../parts/useFocusBack'
import Form from './Form'
import { useDrawerSize } from './ItemDrawer'
import type { Path } from './text'

interface Props {
  source: string
  onChange: (source: string) => void
  onClose: () => void
  /** Names that cannot be changed: id and namespace of a flow that is there already. */
  locked?: readonly string[]
}

const FLOW: Path = []
const NONE: readonly string[] = []

/** What a flow has besides its tasks and triggers. */
export default function MetadataDrawer({ source, onChange, onClose, locked = NONE }: Props) {
  useFocusBack()
  return (
    <Drawer opened onClose={onClose} position="right" size={useDrawerSize()} title={<strong>{t`Properties of the flow`}</strong>}>
      <Form source={source} path={FLOW} onChange={onChange} locked={locked} isMetadata />
      <Group justify="flex-end" className="dialog-foot"><Button onClick={onClose}>{t`Done`}</Button></Group>
    </Drawer>
  )
}

export { MetadataDrawer }
