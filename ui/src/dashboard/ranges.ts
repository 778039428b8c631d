import { t } from '../language'

/** What a dashboard can be narrowed to. */
export const RANGES = [
  { value: 'PT1H', label: t`Last hour` },
  { value: 'PT24H', label: t`Last 24 hours` },
  { value: 'P7D', label: t`Last 7 days` },
  { value: 'P30D', label: t`Last 30 days` },
  { value: 'P365D', label: t`Last 365 days` },
]
