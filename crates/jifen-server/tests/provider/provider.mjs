// A real OpenID Connect provider on a free port: whoever signs in is who they say. Says its issuer on the first line; a line of
// standard input, and it signs by new keys; the end of standard input ends it.
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { Provider } from 'oidc-provider'

const [redirect, client, secret] = process.argv.slice(2)

/** Keys made now, one of each kind that jifen takes by default. */
function keys(round) {
  const made = [
    ['RS256', generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ['ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ]
  return made.map(([alg, pair]) => ({ ...pair.privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: `${alg}-${round}` }))
}

function provider(issuer, round) {
  const made = new Provider(issuer, {
    clients: [
      {
        client_id: client,
        client_secret: secret,
        redirect_uris: [redirect],
        id_token_signed_response_alg: round % 2 === 0 ? 'RS256' : 'ES256',
      },
    ],
    claims: { profile: ['preferred_username'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    cookies: { keys: ['only for tests'] },
    jwks: { keys: keys(round) },
    findAccount: (_, sub) => ({
      accountId: sub,
      claims: () => ({ sub, preferred_username: sub, email: sub, email_verified: false }),
    }),
  })
  return made.callback()
}

let answer
const server = createServer((request, response) => answer(request, response))
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`
  let round = 0
  answer = provider(issuer, round)
  console.log(issuer)
  const lines = createInterface({ input: process.stdin })
  lines.on('line', () => {
    round += 1
    answer = provider(issuer, round)
    console.log('rotated')
  })
  lines.on('close', () => process.exit(0))
})
