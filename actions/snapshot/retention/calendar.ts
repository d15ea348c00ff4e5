/** The days, weeks and months of UTC that moments fall into, by names that sort as they follow each other. */
const DAY = 86_400_000

/** As `2026-11-27`. @param time ms since 1970 */
export function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}

/** As `2026-W48`: ISO 8601's weeks begin on Mondays and belong to the year that their Thursday is in. */
export function weekOf(time: number): string {
  const weekday = (new Date(time).getUTCDay() + 6) % 7
  const thursday = new Date(time + (3 - weekday) * DAY)
  const year = thursday.getUTCFullYear()
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * DAY)) + 1
  return `${year}-W${String(week).padStart(2, '0')}`
}

/** As `2026-11`. */
export function monthOf(time: number): string {
  return new Date(time).toISOString().slice(0, 7)
}
