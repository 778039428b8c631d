import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { chartRows, previewRows, type ChartQuestion } from '../api/dashboards'
import type { Chart } from './charts'
import { refreshMs } from '../settings/preferences'
import { askedOf, type Narrowed } from './narrowed'

/** What all charts of a page have in common. */
export interface View extends Narrowed {
  /** Of a saved dashboard; none for charts that are being written. */
  dashboard?: string
  /** Between two questions of one chart; false asks once. */
  everyMs: number | false
}

export interface Place {
  page: number
  size: number
}

export function questionOf(view: View, { page, size }: Place) {
  const { span, ...asked } = askedOf(view, new Date())
  const question: ChartQuestion = { ...asked, pageNumber: page, pageSize: size }
  return { span, question }
}

/** Rows of one chart, with the time that they are of: it ends when they are asked for. */
export function useRows(written: unknown, chart: Chart, view: View, place: Place) {
  const { dashboard, everyMs, ...narrowed } = view
  return useQuery({
    queryKey: ['dashboards', 'rows', dashboard ?? null, written, narrowed, place],
    queryFn: async ({ signal }) => {
      const { span, question } = questionOf(view, place)
      const page = await (dashboard === undefined ? previewRows(written, question, signal) : chartRows(dashboard, chart.id, question, signal))
      return { ...page, span }
    },
    placeholderData: keepPreviousData,
    refetchInterval: () => everyMs !== false && refreshMs(everyMs),
  })
}
