import { testImages } from './index.ts'

// node tools/conformance/images/main.ts: makes the archive and prints where it is.
process.stdout.write(`${await testImages(line => process.stderr.write(`${line}\n`))}\n`)
