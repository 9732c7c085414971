/** Times of the calendar as text. */

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";

/** The years of C's struct tm end here. */
const EARLIEST = -67768040609740800n;
const LATEST = 67768036191676799n;

/** After so many years the calendar repeats, with its days of the week. */
const CYCLE_YEARS = 400n;
const CYCLE_SECONDS = 146097n * 86400n;

const two = (value: number): string => String(value).padStart(2, "0");

/** Seconds since 1970 as "Wed Jun 30 21:49:08 1993", in UTC. */
export function calendarTime(seconds: bigint): string {
  if (seconds < EARLIEST) return "a long, long time ago...";
  if (seconds > LATEST) return "far far in the future...";
  // A Date holds fewer years than that.
  const within = (seconds % CYCLE_SECONDS + CYCLE_SECONDS) % CYCLE_SECONDS;
  const cycles = (seconds - within) / CYCLE_SECONDS;
  const date = new Date(Number(within) * 1000);
  const month = MONTHS.slice(3 * date.getUTCMonth(), 3 * date.getUTCMonth() + 3);
  const day = String(date.getUTCDate()).padStart(2);
  const clock = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(":");
  const year = BigInt(date.getUTCFullYear()) + cycles * CYCLE_YEARS;
  return `${DAYS[date.getUTCDay()]} ${month} ${day} ${clock} ${year}`;
}
