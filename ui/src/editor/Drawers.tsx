import ItemDrawer from '../nocode/ItemDrawer'
import MetadataDrawer from '../nocode/MetadataDrawer'
import type { Path } from '../nocode/text'
import { AddDrawer, type Addition } from './AddDrawer'

/** What of a flow is edited in a drawer. */
export type Open = { kind: 'metadata' } | { kind: 'add'; what: Addition } | { kind: 'item'; path: Path }

interface Props {
  open: Open
  source: string
  onChange: (source: string) => void
  /** Names that the flow keeps. */
  kept: readonly string[]
  onOpen: (next: Open) => void
  onClose: () => void
}

/** The drawers of the editor's menu; what was added in one is edited in the next. */
export default function Drawers({ open, kept, onOpen, ...rest }: Props) {
  switch (open.kind) {
    case 'metadata': return <MetadataDrawer {...rest} locked={kept} />
    case 'add': return <AddDrawer {...rest} what={open.what} onAdded={(path) => onOpen({ kind: 'item', path })} />
    case 'item': return <ItemDrawer {...rest} path={open.path} />
  }
}
