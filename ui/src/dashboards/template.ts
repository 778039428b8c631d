import { t } from '../language'

const PLAIN = /^\p{L}[^:#]*$/u
const PLAIN_WITHIN = /^\p{L}[^:#,{}[\]]*$/u

/** A text as a value of YAML, and as one within `{ … }`. */
const value = (text: string) => (PLAIN.test(text) ? text : JSON.stringify(text))
const within = (text: string) => (PLAIN_WITHIN.test(text) ? text : JSON.stringify(text))

/** A dashboard to begin with: one chart of most kinds. */
export const TEMPLATE = `title: ${value(t`My dashboard`)}
description: ${value(t`What ran, and how it ended`)}
timeWindow:
  default: P30D
  max: P366D

charts:
  - id: success_ratio
    type: io.kestra.plugin.core.dashboard.chart.KPI
    chartOptions:
      displayName: ${value(t`Succeeded`)}
      numberType: PERCENTAGE
      width: 6
    data:
      type: io.kestra.plugin.core.dashboard.data.ExecutionsKPI
      columns: { field: ID, agg: COUNT }
      numerator:
        - { field: STATE, type: IN, values: [SUCCESS] }

  - id: executions
    type: io.kestra.plugin.core.dashboard.chart.KPI
    chartOptions:
      displayName: ${value(t`Executions`)}
      width: 6
    data:
      type: io.kestra.plugin.core.dashboard.data.ExecutionsKPI
      columns: { field: ID, agg: COUNT }

  - id: over_time
    type: io.kestra.plugin.core.dashboard.chart.TimeSeries
    chartOptions:
      displayName: ${value(t`Executions over time`)}
      description: ${value(t`By state, with the time they took`)}
      column: date
      colorByColumn: state
      width: 12
    data:
      type: io.kestra.plugin.core.dashboard.data.Executions
      columns:
        date: { field: START_DATE }
        state: { field: STATE }
        total: { displayName: ${within(t`Executions`)}, agg: COUNT, graphStyle: BARS }
        duration: { displayName: ${within(t`Duration`)}, field: DURATION, agg: SUM, graphStyle: LINES }

  - id: states
    type: io.kestra.plugin.core.dashboard.chart.Pie
    chartOptions:
      displayName: ${value(t`Executions by state`)}
      colorByColumn: state
    data:
      type: io.kestra.plugin.core.dashboard.data.Executions
      columns:
        state: { field: STATE }
        total: { agg: COUNT }

  - id: recent
    type: io.kestra.plugin.core.dashboard.chart.Table
    chartOptions:
      displayName: ${value(t`Executions`)}
    data:
      type: io.kestra.plugin.core.dashboard.data.Executions
      columns:
        id: { field: ID }
        namespace: { field: NAMESPACE, displayName: ${within(t`Namespace`)} }
        flow: { field: FLOW_ID, displayName: ${within(t`Flow`)} }
        state: { field: STATE, displayName: ${within(t`State`)} }
      orderBy:
        - { column: id, order: DESC }
`
