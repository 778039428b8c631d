import './bars.css'

interface Bar {
  name: string
  value: number
  /** The value as people read it. */
  text: string
}

const HEIGHT = 70
const GAP = 0.2
const LEAST = 1.5

/** A small chart: one bar for each value from zero up, its name and value on hover. */
export function Bars({ bars, label }: { bars: readonly Bar[]; label: string }) {
  const most = Math.max(...bars.map(({ value }) => value), 0) || 1
  return (
    <svg className="bars" role="img" aria-label={label} viewBox={`0 0 ${Math.max(1, bars.length)} ${HEIGHT}`} preserveAspectRatio="none">
      {bars.map(({ name, value, text }, index) => {
        const height = value > 0 ? Math.max(LEAST, (value / most) * HEIGHT) : 0
        return (
          <g key={name}>
            <title>{`${name}: ${text}`}</title>
            <rect className="bar-ground" x={index} y={0} width={1} height={HEIGHT} />
            <rect className="bar" x={index + GAP / 2} y={HEIGHT - height} width={1 - GAP} height={height} />
          </g>
        )
      })}
    </svg>
  )
}
