/** What a dashboard can be narrowed to. */
export const RANGES = [
  { value: 'PT1H', label: 'Last hour' },
  { value: 'PT24H', label: 'Last 24 hours' },
  { value: 'P7D', label: 'Last 7 days' },
  { value: 'P30D', label: 'Last 30 days' },
  { value: 'P365D', label: 'Last 365 days' },
]
