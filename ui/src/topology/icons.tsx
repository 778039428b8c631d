const PATHS = {
  add: 'M8 3v10M3 8h10',
  edit: 'M3 13l.6-2.9L10.4 3.3l2.3 2.3-6.8 6.8L3 13zM9.2 4.5l2.3 2.3',
  remove: 'M3 4.5h10M6.3 4.5V3h3.4v1.5M4.5 4.5l.6 8.5h5.8l.6-8.5M6.8 7v3.7M9.2 7v3.7',
  more: 'M8 3.5v.01M8 8v.01M8 12.5v.01',
  description: 'M3 4h10M3 8h10M3 12h6',
  condition: 'M8 2.5L13.5 8 8 13.5 2.5 8zM6.7 6.9c0-1.8 2.7-1.8 2.7 0 0 1.1-1.4 1-1.4 2.1M8 10.8v.01',
  log: 'M2.5 3.5h11v9h-11zM5 6.5l1.6 1.5L5 9.5M8.2 10h2.8',
  outputs: 'M6 3.5H3v9h3M6.5 8h6.5M10.3 5.2L13 8l-2.7 2.8',
  fold: 'M4 8h8',
  unfold: 'M8 4v8M4 8h8',
} as const

export type IconName = keyof typeof PATHS

/** A sign on a button, which says its name itself. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden fill="none" stroke="currentColor" strokeWidth={name === 'more' ? 2.4 : 1.5} strokeLinecap="round" strokeLinejoin="round">
      <path d={PATHS[name]} />
    </svg>
  )
}
