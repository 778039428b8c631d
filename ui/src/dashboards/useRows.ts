import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { chartRows, previewRows, type ChartQuestion, type TimeWindow } from '../api/dashboards'
import type { Chart } from './charts'
import { spanOf } from './spans'

/** What a whole dashboard is narrowed to. */
export interface View {
  /** Of a saved dashboard; none for charts that are being written. */
  dashboard?: string
  timeRange: string
  window: TimeWindow
  namespace: string
  flow: string
  /** Between two questions of one chart; false asks once. */
  everyMs: number | false
}

export interface Place {
  page: number
  size: number
}

export function questionOf({ timeRange, window, namespace, flow }: View, { page, size }: Place) {
  const span = spanOf(timeRange, window, new Date())
  const question: ChartQuestion = {
    startDate: span.start.toISOString(), endDate: span.end.toISOString(), pageNumber: page, pageSize: size,
    ...(namespace ? { namespace } : {}),
    ...(flow ? { filters: [{ field: 'flowId', operation: 'CONTAINS', value: flow }] } : {}),
  }
  return { span, question }
}

/** Rows of one chart, with the time that they are of: it ends when they are asked for. */
export function useRows(written: unknown, chart: Chart, view: View, place: Place) {
  const { dashboard, everyMs, ...narrowing } = view
  return useQuery({
    queryKey: ['dashboards', 'rows', dashboard ?? null, written, narrowing, place],
    queryFn: async ({ signal }) => {
      const { span, question } = questionOf(view, place)
      const page = await (dashboard === undefined ? previewRows(written, question, signal) : chartRows(dashboard, chart.id, question, signal))
      return { ...page, span }
    },
    placeholderData: keepPreviousData,
    refetchInterval: everyMs,
  })
}
