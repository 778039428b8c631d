import { useRef, useState, type DragEvent } from 'react'
import type { Chosen } from './FileTree'
import { droppedFiles, type Upload } from './dropped'
import { placeIn } from './paths'

interface Told {
  onMove: (from: Chosen, folder: string) => void
  onFiles: (folder: string, files: Upload[]) => void
  onProblem: (error: unknown) => void
}

/** What is dragged over a tree: something of it, or files from outside. */
export function useDrops({ onMove, onFiles, onProblem }: Told) {
  // What is dragged is told to the drop alone, not on the way.
  const dragged = useRef<Chosen>(undefined)
  const [over, setOver] = useState<string>()
  const fits = ({ dataTransfer }: DragEvent, folder: string) =>
    dragged.current ? placeIn(folder, dragged.current.path) !== undefined : dataTransfer.types.includes('Files')
  const end = () => {
    dragged.current = undefined
    setOver(undefined)
  }
  return {
    /** The folder that would take what is dragged; empty for the root. */
    over,
    source: (entry: Chosen) => ({
      draggable: true,
      onDragStart: ({ dataTransfer }: DragEvent) => {
        dragged.current = entry
        dataTransfer.effectAllowed = 'move'
        dataTransfer.setData('text/plain', entry.path)
      },
      onDragEnd: end,
    }),
    target: (folder: string) => ({
      onDragOver: (event: DragEvent) => {
        event.stopPropagation()
        const isFit = fits(event, folder)
        setOver(isFit ? folder : undefined)
        if (!isFit) return
        event.preventDefault()
        event.dataTransfer.dropEffect = dragged.current ? 'move' : 'copy'
      },
      onDragLeave: ({ currentTarget, relatedTarget }: DragEvent) => {
        if (!currentTarget.contains(relatedTarget as Node | null)) setOver(undefined)
      },
      onDrop: (event: DragEvent) => {
        event.stopPropagation()
        event.preventDefault()
        const [from, isFit] = [dragged.current, fits(event, folder)]
        end()
        if (!isFit) return
        if (from) onMove(from, folder)
        else droppedFiles(event.dataTransfer).then((files) => onFiles(folder, files), onProblem)
      },
    }),
  }
}
