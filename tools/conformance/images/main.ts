import { readCommandLine } from '@kubets/component/plain'
import { testImages } from './index.ts'

readCommandLine({
  command: 'node tools/conformance/images/main.ts',
  about: `Makes the archive with the images of upstream's conformance tests, where no registry can be reached, and prints its path. It is kept
beside upstream's programs, which are built first: minutes at the first time. Needs root and a Debian-like machine.`,
  flags: {},
  examples: ['kubets image load "$(node tools/conformance/images/main.ts)"'],
})
process.stdout.write(`${await testImages(line => process.stderr.write(`${line}\n`))}\n`)
