/** Round steps for an axis that always holds zero. */
export function niceTicks(low: number, high: number, count = 4): number[] {
  const from = Math.min(0, low)
  const to = Math.max(0, high)
  const raw = (to - from) / count
  if (raw === 0) return [0, 1]
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw - 1e-9) ?? raw
  const ticks: number[] = []
  for (let index = Math.floor(from / step + 1e-9); index * step < to + step - 1e-9; index++) ticks.push(Number((index * step).toPrecision(12)))
  return ticks
}

/** About `count` evenly spread days of a span of days. */
export function dayTicks(days: number, count: number): number[] {
  const step = [1, 2, 5, 7, 14, 30, 61, 91, 182, 365].find((candidate) => days / candidate <= count) ?? Math.ceil(days / count)
  const ticks: number[] = []
  for (let day = 0; day < days; day += step) ticks.push(day)
  return ticks
}
