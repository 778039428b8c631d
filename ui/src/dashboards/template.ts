/** A dashboard to begin with: one chart of most kinds. */
export const TEMPLATE = `title: My dashboard
description: What ran, and how it ended
timeWindow:
  default: P30D
  max: P366D

charts:
  - id: success_ratio
    type: io.kestra.plugin.core.dashboard.chart.KPI
    chartOptions:
      displayName: Succeeded
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
      displayName: Executions
      width: 6
    data:
      type: io.kestra.plugin.core.dashboard.data.ExecutionsKPI
      columns: { field: ID, agg: COUNT }

  - id: over_time
    type: io.kestra.plugin.core.dashboard.chart.TimeSeries
    chartOptions:
      displayName: Executions over time
      description: By state, with the time they took
      column: date
      colorByColumn: state
      width: 12
    data:
      type: io.kestra.plugin.core.dashboard.data.Executions
      columns:
        date: { field: START_DATE }
        state: { field: STATE }
        total: { displayName: Executions, agg: COUNT, graphStyle: BARS }
        duration: { displayName: Duration, field: DURATION, agg: SUM, graphStyle: LINES }

  - id: states
    type: io.kestra.plugin.core.dashboard.chart.Pie
    chartOptions:
      displayName: Executions by state
      colorByColumn: state
    data:
      type: io.kestra.plugin.core.dashboard.data.Executions
      columns:
        state: { field: STATE }
        total: { agg: COUNT }

  - id: recent
    type: io.kestra.plugin.core.dashboard.chart.Table
    chartOptions:
      displayName: Executions
    data:
      type: io.kestra.plugin.core.dashboard.data.Executions
      columns:
        id: { field: ID }
        namespace: { field: NAMESPACE, displayName: Namespace }
        flow: { field: FLOW_ID, displayName: Flow }
        state: { field: STATE, displayName: State }
      orderBy:
        - { column: id, order: DESC }
`
