/** Labels that had another name once; the old one says what the new one says. */
const pairs = [
  ['kubernetes.io/os', 'beta.kubernetes.io/os'],
  ['kubernetes.io/arch', 'beta.kubernetes.io/arch'],
] as const

/** The old labels that are missing or say something else; nothing when none are. Pure. */
export function reconciledLabels(labels: Readonly<Record<string, string>>): Record<string, string> | undefined {
  const wrong = pairs.flatMap(([name, old]) => {
    const value = labels[name]
    return value === undefined || labels[old] === value ? [] : [[old, value] as const]
  })
  return wrong.length === 0 ? undefined : Object.fromEntries(wrong)
}
