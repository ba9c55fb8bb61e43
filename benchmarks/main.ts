import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { styleText } from 'node:util'
import type { Benchmark, Figure } from './benchmark.ts'

// npm run bench -- NAME [--json]
const args = process.argv.slice(2)
const json = args.includes('--json')
const [name] = args.filter(argument => !argument.startsWith('-'))
const names = (await readdir(import.meta.dirname, { withFileTypes: true }))
  .filter(e => e.isDirectory())
  .map(e => e.name)

const help = args.includes('--help')
if (name === undefined || !names.includes(name) || help) {
  const listed = await Promise.all(names.map(async each => `  ${each.padEnd(12)} ${(await load(each)).about}`))
  process.stderr.write(`Usage: npm run bench -- NAME [--json]\n\n${listed.join('\n')}\n`)
  process.exit(help || args.length === 0 ? 0 : 2)
}

const figures = await (await load(name)).run(
  text => process.stderr.write(`${text}\n`),
  args.filter(argument => argument !== name && argument !== '--json'),
)
process.stdout.write(
  json
    ? `${JSON.stringify({ benchmark: name, node: process.version, figures: figures.map(withRatio) }, null, 2)}\n`
    : table(figures),
)

async function load(each: string): Promise<Benchmark> {
  return ((await import(join(import.meta.dirname, each, 'index.ts'))) as { benchmark: Benchmark }).benchmark
}

function withRatio(figure: Figure) {
  return figure.baseline ? { ...figure, ratio: round(figure.value / figure.baseline.value) } : figure
}

function table(all: readonly Figure[]): string {
  const header = ['FIGURE', 'VALUE', 'BARE BASELINE', 'RATIO', 'MAIN µs/op', 'AIM']
  const rows = all.map(figure => [
    figure.what,
    `${round(figure.value)} ${figure.unit}`,
    figure.baseline ? `${round(figure.baseline.value)} ${figure.unit} ${figure.baseline.what}` : '-',
    figure.baseline ? `${round(figure.value / figure.baseline.value)}×` : '-',
    figure.mainMicros === undefined ? '-' : mainText(figure.mainMicros, figure.mainBudget),
    figure.aim === undefined ? '-' : aim(figure, figure.aim),
  ])
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map(row => (row[i] ?? '').length)))
  return `${[header, ...rows]
    .map(row =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('   ')
        .trimEnd(),
    )
    .join('\n')}\n`
}

function mainText(micros: number, budget: number | undefined): string {
  if (budget === undefined) return String(round(micros))
  return colour(`${round(micros)} (≤ ${budget} ${micros <= budget ? 'met' : 'missed'})`, micros <= budget)
}

function aim(figure: Figure, wanted: number): string {
  const isRate = figure.unit.endsWith('/s')
  const met = isRate ? figure.value >= wanted : figure.value <= wanted
  const text = `${isRate ? '≥' : '≤'} ${round(wanted)} ${figure.unit} ${met ? 'met' : 'missed'}`
  return colour(text, met)
}

function colour(text: string, met: boolean): string {
  return process.stdout.isTTY ? styleText(met ? 'green' : 'red', text) : text
}

function round(value: number): number {
  return value >= 100 ? Math.round(value) : Math.round(value * 100) / 100
}
