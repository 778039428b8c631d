import { useReducedMotion } from '@mantine/hooks'
import { useNodesInitialized, useReactFlow, useStore } from '@xyflow/react'
import { useCallback, useContext, useEffect, useRef } from 'react'
import { shiftOf } from './anchors'
import { FoundNodes } from './contexts'
import type { Placed } from './layout'

const MARGIN = 16
const JUMP_MS = 250
const CLOSE_ENOUGH = 0.9
/** A bar that comes or goes with a dialog is no other size. */
const RESIZED_PX = 40

/** Shows the whole picture, or where it begins when the whole would be too small to read; what was found, in the middle. */
export function Fit({ of, readable, keepsPlace }: { of: Placed; readable: number; keepsPlace: boolean }) {
  const { fitView, getNodesBounds, getViewport, setViewport } = useReactFlow()
  const isReady = useNodesInitialized()
  const show = useShow()
  const { current } = useContext(FoundNodes)
  const wanted = useRef(current)
  useEffect(() => {
    wanted.current = current
    if (isReady && current !== undefined) show(current)
  }, [isReady, current, show])
  // Nodes know their size before the frame knows its own: without one there is nothing to fit into.
  const width = useStore((state) => state.width)
  const height = useStore((state) => state.height)
  const fitted = useRef<{ width: number; height: number; of: Placed }>(undefined)
  useEffect(() => {
    if (!isReady || width <= 0) return
    const before = fitted.current
    fitted.current = of.nodes.length ? { width, height, of } : undefined
    if (keepsPlace && before && Math.abs(before.width - width) < RESIZED_PX && Math.abs(before.height - height) < RESIZED_PX) {
      const shift = shiftOf(before.of, of)
      const { x, y, zoom } = getViewport()
      if (shift.x || shift.y) void setViewport({ x: x - shift.x * zoom, y: y - shift.y * zoom, zoom })
      return
    }
    void fitView({ padding: 0.08, maxZoom: 1, minZoom: readable }).then(() => {
      if (wanted.current !== undefined) return show(wanted.current)
      const bounds = getNodesBounds(of.nodes.filter(({ parentId }) => !parentId))
      const { x, y, zoom } = getViewport()
      const isCut = { x: bounds.width * zoom > width, y: bounds.height * zoom > height }
      if (isCut.x || isCut.y) void setViewport({ x: isCut.x ? MARGIN - bounds.x * zoom : x, y: isCut.y ? MARGIN - bounds.y * zoom : y, zoom })
    })
  }, [isReady, width, height, fitView, getNodesBounds, getViewport, setViewport, show, of, readable, keepsPlace])
  return null
}

/** Brings a node into the middle, large enough to be read. */
function useShow(): (id: string) => void {
  const { getInternalNode, getZoom, setCenter } = useReactFlow()
  const isStill = useReducedMotion()
  return useCallback(
    (id) => {
      const node = getInternalNode(id)
      if (!node) return
      const { x, y } = node.internals.positionAbsolute
      const { width = 0, height = 0 } = node.measured
      void setCenter(x + width / 2, y + height / 2, { zoom: Math.max(getZoom(), CLOSE_ENOUGH), duration: isStill ? 0 : JUMP_MS })
    },
    [getInternalNode, getZoom, setCenter, isStill],
  )
}
