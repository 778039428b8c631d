import { useUnsaved } from '../editor/useUnsaved'
import { FileText } from './FileText'

interface Props {
  namespace: string
  path: string
  isChanged: boolean
  onChanged: (isChanged: boolean) => void
}

/** The text of the file that is chosen; leaving it changed is asked about. */
export function FileEditor({ namespace, path, isChanged, onChanged }: Props) {
  useUnsaved(isChanged)
  return <FileText namespace={namespace} path={path} onChanged={onChanged} height="calc(100dvh - 270px)" isShown />
}
