/** YAML as upstream writes it: members in alphabetical order, what looks like a time or a boolean in quotes. */
export async function yamlText(value: object): Promise<string> {
  // loaded when it is first asked for
  const { stringify } = await import('yaml')
  return stringify(value, {
    aliasDuplicateObjects: false,
    lineWidth: 0,
    indentSeq: false,
    sortMapEntries: true,
    version: '1.1',
  })
}
