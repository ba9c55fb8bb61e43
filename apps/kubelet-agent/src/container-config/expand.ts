/** `$(NAME)` becomes the variable's value, `$$(NAME)` the text `$(NAME)`; unknown names stay as they are written. */
export function expand(text: string, value: (name: string) => string | undefined): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (match, name: string | undefined) =>
    match === '$$' ? '$' : (value(name ?? '') ?? match),
  )
}
