import { Handle, Position } from '@xyflow/react'
import { Link } from '@tanstack/react-router'
import { useContext } from 'react'
import { readable } from '../parts/durations'
import { SIGNS } from '../parts/states'
import { useNow } from '../parts/useNow'
import { counted, t } from '../language'
import { FoundNodes, RunsOfTask, runsOf, ToggleSubflow } from './contexts'
import type { GraphNode } from './graph'
import type { Direction } from './layout'
import { FrameTools, NodeTools } from './NodeTools'
import { timeOf, type TaskRuns } from './runs'

interface Props {
  id: string
  data: { node: GraphNode; direction: Direction }
}

function Ends({ direction }: { direction: Direction }) {
  return (
    <>
      <Handle type="target" position={direction === 'DOWN' ? Position.Top : Position.Left} isConnectable={false} />
      <Handle type="source" position={direction === 'DOWN' ? Position.Bottom : Position.Right} isConnectable={false} />
    </>
  )
}

export function TaskNode({ id, data: { node, direction } }: Props) {
  const runs = useContext(RunsOfTask)
  const mine = runsOf(node, runs)
  const { ids, current } = useContext(FoundNodes)
  const isCurrent = current === id
  const toggle = useContext(ToggleSubflow)
  return (
    <div className="node" aria-current={isCurrent || undefined} data-hit={isCurrent ? 'current' : ids.includes(id) || undefined} data-kind={node.kind} data-marked={node.isMarked} data-state={mine?.state} data-unused={(runs && !mine && node.kind === 'task') || undefined} data-folded={node.folded} title={`${node.title} (${node.type})`}>
      <Ends direction={direction} />
      <div className="node-title cut">
        {node.kind === 'trigger' && <span aria-hidden>⚡ </span>}
        {mine && <span className="node-sign" role="img" aria-label={mine.state}>{SIGNS[mine.state]} </span>}
        {node.address ? <Link to={node.address}>{node.title}</Link> : node.title}
      </div>
      <div className="node-type cut">{mine ? <Told runs={mine} /> : node.folded === undefined ? node.type : `${node.type} · ${counted(node.folded, 'task')}`}</div>
      <NodeTools node={node} hasRun={mine !== undefined} />
      {node.subflow && toggle && <OpenSubflow node={node} flowId={node.subflow.flowId} toggle={toggle} />}
    </div>
  )
}

function OpenSubflow({ node, flowId, toggle }: { node: GraphNode; flowId: string; toggle: (node: GraphNode) => void }) {
  const name = node.isOpen ? t`Close the subflow ${flowId}` : t`Open the subflow ${flowId}`
  return (
    <button type="button" className="node-open nodrag nopan" aria-expanded={node.isOpen ?? false} onClick={() => toggle(node)} aria-label={name} title={name}>
      {node.isOpen ? '−' : '+'}
    </button>
  )
}

/** How many runs there were, and how long they have taken. */
function Told({ runs }: { runs: TaskRuns }) {
  const now = useNow(runs.going > 0)
  return `${runs.count > 1 ? `${counted(runs.count, 'run')} · ` : ''}${readable(timeOf(runs, now))}`
}

export function Frame({ data: { node, direction } }: Props) {
  const mine = runsOf(node, useContext(RunsOfTask))
  return (
    <div className="frame" data-state={mine?.state}>
      <Ends direction={direction} />
      <FrameTools node={node} hasRun={mine !== undefined} />
    </div>
  )
}
