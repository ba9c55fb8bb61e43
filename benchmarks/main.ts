import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { styleText } from 'node:util'
import { type FlagTable, readCommandLine } from '@kubets/component/plain'
import type { Benchmark, Figure } from './benchmark.ts'

const argv = process.argv.slice(2)
const names = (await readdir(import.meta.dirname, { withFileTypes: true }))
  .filter(e => e.isDirectory())
  .map(e => e.name)
const place = argv.findIndex(argument => names.includes(argument))
const name = argv[place]
const named = name === undefined ? undefined : await load(name)
const { values, positionals, refuse } = readCommandLine(
  {
    command: ['npm run bench --', name ?? []].flat().join(' '),
    about: named?.about ?? 'Measures, beside the bare cost of the same work from the same run.',
    ...(named ? {} : { positionals: 'NAME', more: `Names ('NAME --help' shows the flags of one):\n${await listed()}` }),
    flags: { json: { type: 'bool', help: 'The figures as JSON.' }, ...named?.flags } as FlagTable,
    examples: name
      ? [`npm run bench -- ${name} --json`]
      : ['npm run bench -- startup --json', 'npm run bench -- storage --only create'],
  },
  argv.length === 0 ? ['--help'] : argv.filter((_, i) => i !== place),
)
const benchmark =
  named ?? refuse(positionals[0] === undefined ? 'no benchmark is named' : `unknown benchmark: ${positionals[0]}`)
const figures = await benchmark.run(text => process.stderr.write(`${text}\n`), values)
process.stdout.write(
  values.json
    ? `${JSON.stringify({ benchmark: name, node: process.version, figures: figures.map(withRatio) }, null, 2)}\n`
    : table(figures),
)

async function listed(): Promise<string> {
  return (await Promise.all(names.map(async each => `  ${each.padEnd(12)} ${(await load(each)).about}`))).join('\n')
}

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
