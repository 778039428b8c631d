/** What clocks show in a zone, and back. */

export interface WallClock {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
  millisecond: number
}

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-u-ca-iso8601', {
      timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
    })
    formats.set(zone, format)
  }
  return format
}

/** An empty zone is that of the browser. */
export function wallClock(date: Date, zone: string): WallClock {
  if (zone === '') {
    return {
      year: date.getFullYear(), month: date.getMonth() + 1, day: date.getDate(),
      hour: date.getHours(), minute: date.getMinutes(), second: date.getSeconds(), millisecond: date.getMilliseconds(),
    }
  }
  const parts = Object.fromEntries(formatOf(zone).formatToParts(date).map(({ type, value }) => [type, Number(value)])) as unknown as WallClock
  const { year, month, day, hour, minute, second } = parts
  return { year, month, day, hour, minute, second, millisecond: date.getUTCMilliseconds() }
}

const asUtc = ({ year, month, day, hour, minute, second, millisecond }: WallClock) => Date.UTC(year, month - 1, day, hour, minute, second, millisecond)

/** The moment at which clocks show this; of a time that a change of the clocks leaves out, one beside it. */
export function instantOf(clock: WallClock, zone: string): Date {
  if (zone === '') return new Date(clock.year, clock.month - 1, clock.day, clock.hour, clock.minute, clock.second, clock.millisecond)
  const wanted = asUtc(clock)
  let found = wanted
  // The second look is for a guess on the other side of a change of the clocks.
  for (let look = 0; look < 2; look += 1) found += wanted - asUtc(wallClock(new Date(found), zone))
  return new Date(found)
}

const FIELD = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2}))?$/

/** What `<input type="datetime-local">` holds; undefined while it is not whole. */
export function momentOfField(text: string, zone: string): Date | undefined {
  const found = FIELD.exec(text)
  if (!found) return undefined
  const [year, month, day, hour, minute, second] = found.slice(1).map((part) => Number(part ?? 0)) as [number, number, number, number, number, number]
  return instantOf({ year, month, day, hour, minute, second: second || 0, millisecond: 0 }, zone)
}

const pad = (value: number) => String(value).padStart(2, '0')

export function fieldOf(date: Date, zone: string): string {
  const { year, month, day, hour, minute } = wallClock(date, zone)
  return `${year}-${pad(month)}-${pad(day)}T${pad(hour)}:${pad(minute)}`
}

/** The zone by name, also when it is that of the browser. */
export const zoneName = (zone: string): string => zone || Intl.DateTimeFormat().resolvedOptions().timeZone

export const allZones = (): string[] => ['UTC', ...Intl.supportedValuesOf('timeZone').filter((name) => name !== 'UTC')]
