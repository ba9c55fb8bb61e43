const time = String.raw`(\d{2}:\d{2}:\d{2})`
const month = '(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)'
const day = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)'

/** RFC 9110, 5.6.7: the one that is written, and two that are read. */
const today = new RegExp(String.raw`^${day}, (\d{2}) ${month} (\d{4}) ${time} GMT$`)
const rfc850 = new RegExp(
  String.raw`^(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday), (\d{2})-${month}-(\d{2}) ${time} (?:GMT|UTC)$`,
)
const asctime = new RegExp(String.raw`^${day} ${month} ([ \d]\d) ${time} (\d{4})$`)

/** A time of a header in whole seconds since 1970; undefined for what is none. */
export function readHttpTime(text: string): number | undefined {
  const [, day, month, year, clock] = today.exec(text) ?? inTwoDigits(text) ?? fromC(text) ?? []
  if (clock === undefined) return undefined
  const millis = Date.parse(`${day} ${month} ${year} ${clock} GMT`)
  // JavaScript takes the 31st of February for the 3rd of March
  return new Date(millis).getUTCDate() === Number(day) ? millis / 1000 : undefined
}

/** Go takes years from 69 on for those of the last century. */
function inTwoDigits(text: string): string[] | undefined {
  const found = rfc850.exec(text)
  if (found === null) return undefined
  const [all = '', day = '', month = '', year = '', clock = ''] = found
  return [all, day, month, `${Number(year) >= 69 ? 19 : 20}${year}`, clock]
}

function fromC(text: string): string[] | undefined {
  const found = asctime.exec(text)
  if (found === null) return undefined
  const [all = '', month = '', day = '', clock = '', year = ''] = found
  return [all, day.trim(), month, year, clock]
}
