import { Popover } from '@mantine/core'
import { useContext, type ComponentPropsWithRef, type ReactNode } from 'react'
import { t } from '../language'
import { Markdown } from '../parts/Markdown'
import { ELSEWHERE, FoldFrame, LookAtRuns, NodeExtras } from './contexts'
import type { GraphNode } from './graph'
import { Icon, type IconName } from './icons'
import { isLoop } from './iterations'
import { LoopChooser } from './LoopChooser'

interface ToolProps extends ComponentPropsWithRef<'button'> {
  icon: IconName
  name: string
}

/** A small button on the edge of a node. */
export function Tool({ icon, name, className = '', ...rest }: ToolProps) {
  return (
    <button type="button" {...rest} className={`node-tool nodrag nopan ${className}`} aria-label={name} title={name}>
      <Icon name={icon} />
    </button>
  )
}

/** What can be seen of a task beside its name: what it is for, when it runs, what its runs have said and given. */
export function NodeTools({ node, hasRun }: { node: GraphNode; hasRun: boolean }) {
  const looking = useContext(LookAtRuns)
  const fold = useContext(FoldFrame)
  const Extras = useContext(NodeExtras)
  const { title, description, runIf, folded } = node
  return (
    <div className="node-tools">
      {description !== undefined && <Told icon="description" name={t`Description of ${title}`}><Markdown text={description} /></Told>}
      {runIf !== undefined && <Told icon="condition" name={t`Condition of ${title}`}><p className="node-told">{t`Runs if`}</p><pre className="block mono">{runIf}</pre></Told>}
      {looking && hasRun && (
        <>
          <Tool icon="log" name={t`Log of ${title}`} onClick={() => looking.show(node, 'log')} />
          <Tool icon="outputs" name={t`Outputs of ${title}`} onClick={() => looking.show(node, 'outputs')} />
        </>
      )}
      {Extras && <Extras node={node} />}
      {folded !== undefined && fold && <Tool icon="unfold" name={t`Unfold ${title}`} aria-expanded={false} onClick={() => fold(node)} />}
    </div>
  )
}

function Told({ icon, name, children }: { icon: IconName; name: string; children: ReactNode }) {
  return (
    <Popover width={320} shadow="md" withArrow clickOutsideEvents={ELSEWHERE} returnFocus>
      <Popover.Target><Tool icon={icon} name={name} /></Popover.Target>
      <Popover.Dropdown className="node-words" tabIndex={0}>{children}</Popover.Dropdown>
    </Popover>
  )
}

/** On the frame of a flowable: it can be folded, and the iterations of a loop can be looked at one by one. */
export function FrameTools({ node, hasRun }: { node: GraphNode; hasRun: boolean }) {
  const looking = useContext(LookAtRuns)
  const fold = useContext(FoldFrame)
  // What is in an opened subflow is another execution's.
  const hasIterations = looking && hasRun && isLoop(node.type) && node.key === node.title
  return (
    <div className="frame-tools">
      {fold && !node.isOpen && <Tool icon="fold" name={t`Fold ${node.title}`} aria-expanded onClick={() => fold(node)} />}
      {hasIterations && <LoopChooser loop={node.title} looking={looking} />}
    </div>
  )
}
