import { Drawer } from '@mantine/core'
import { t } from '../language'
import { useDrawerSize } from '../nocode/ItemDrawer'
import { skeletonOf } from '../nocode/skeleton'
import { valueAt, withItem, type Path } from '../nocode/text'
import TypeChooser from '../nocode/TypeChooser'
import { failed } from '../parts/notes'
import { useFocusBack } from '../parts/useFocusBack'

/** The lists of a flow that are added to. */
export type Addition = 'triggers' | 'errors'

interface Props {
  source: string
  what: Addition
  onChange: (source: string) => void
  /** Is told where the new one stands. */
  onAdded: (path: Path) => void
  onClose: () => void
}

/** A type is chosen, and one of it stands at the end of its list. */
export function AddDrawer({ source, what, onChange, onAdded, onClose }: Props) {
  useFocusBack()
  const add = (type: string) => {
    try {
      const before = valueAt(source, [what])
      const index = Array.isArray(before) ? before.length : 0
      onChange(withItem(source, [what], index, skeletonOf(type, source)))
      onAdded([what, index])
    } catch (error) {
      // The text cannot be read as it is: that is told, and the text stays.
      failed(error)
      onClose()
    }
  }
  return (
    <Drawer opened onClose={onClose} position="right" size={useDrawerSize()} title={<strong>{what === 'triggers' ? t`Add a trigger` : t`Add an error handler`}</strong>}>
      <TypeChooser kind={what === 'triggers' ? 'triggers' : 'tasks'} onChoose={add} onCancel={onClose} />
    </Drawer>
  )
}
