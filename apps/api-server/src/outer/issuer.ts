import type { Application, Response } from 'express'
import { acceptedTypes, cannotBeShown } from '../resources/representation.ts'
import { methodNotAllowed } from '../resources/router.ts'
import { type IssuerDocuments, issuerPath, keySetPath } from '../service-accounts/issuer-discovery.ts'

/** Seconds that relying parties may keep what they read. */
const maxAge = 3600

/** The documents of the service account issuer, for those who verify tokens without asking us. */
export function mountIssuer(app: Application, documents: IssuerDocuments, address: () => string): string[] {
  const mount = (path: string, type: string, text: () => string) => {
    app.get(path, (request, response) => {
      if (!acceptedTypes(request.headers.accept).some(wanted => wanted === type || wanted === '*/*'))
        throw cannotBeShown(`406: Not Acceptable\n\nAvailable representations: ${type}`, { details: {} })
      answer(response, type, text())
    })
    app.all(path, () => {
      throw methodNotAllowed()
    })
  }
  mount(issuerPath, 'application/json', () => documents.configuration(address()))
  mount(keySetPath, 'application/jwk-set+json', () => documents.keySet)
  return [issuerPath, keySetPath]
}

function answer(response: Response, type: string, text: string): void {
  response.setHeader('content-type', type)
  response.setHeader('cache-control', `public, max-age=${maxAge}`)
  response.end(text)
}
