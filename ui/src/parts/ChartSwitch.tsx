import { ActionIcon } from '@mantine/core'
import { IconChartHistogram } from '@tabler/icons-react'
import { t } from '../language'
import { choose, useListChoices, type ListName } from './listChoices'

/** Shows or hides the chart above a list; kept in this browser. */
export function ChartSwitch({ list }: { list: ListName }) {
  const { hidesChart = false } = useListChoices(list)
  return (
    <ActionIcon variant="default" size={30} aria-label={t`Chart`} aria-pressed={!hidesChart} title={hidesChart ? t`Show the chart` : t`Hide the chart`} onClick={() => choose(list, { hidesChart: !hidesChart })}>
      <IconChartHistogram size={16} stroke={1.6} style={hidesChart ? { opacity: 0.55 } : {}} />
    </ActionIcon>
  )
}
