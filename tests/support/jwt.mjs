// Signed and forged JWTs by Node's own crypto, so that nothing here shares code with what is tested.
import crypto from 'node:crypto';

export const base64url = (data) => Buffer.from(data).toString('base64url');
export const random = (bytes = 16) => crypto.randomBytes(bytes).toString('base64url');
export const now = () => Math.floor(Date.now() / 1000);

const part = (value) => base64url(typeof value === 'string' ? value : JSON.stringify(value));

/** Header and claims, unverified. */
export function decode(jwt) {
  const [header, claims] = jwt.split('.').map((segment) => Buffer.from(segment, 'base64url').toString('utf8'));
  return { header: JSON.parse(header), claims: JSON.parse(claims) };
}

/** A key pair: `{ privateKey, publicKey, jwk }`. */
export function keyPair(algorithm = 'ES256') {
  const pair =
    algorithm === 'ES256'
      ? crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...pair, jwk: pair.publicKey.export({ format: 'jwk' }) };
}

export const importPrivate = (jwk) => crypto.createPrivateKey({ key: jwk, format: 'jwk' });
export const importPublic = (jwk) => crypto.createPublicKey({ key: jwk, format: 'jwk' });

function signature(algorithm, input, key) {
  const data = Buffer.from(input);
  if (/^none$/i.test(algorithm)) return Buffer.alloc(0);
  if (algorithm === 'HS256') return crypto.createHmac('sha256', key).update(data).digest();
  if (algorithm === 'ES256') return crypto.sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' });
  if (algorithm === 'RS256') return crypto.sign('sha256', data, key);
  if (algorithm === 'PS256') {
    const padding = crypto.constants.RSA_PKCS1_PSS_PADDING;
    return crypto.sign('sha256', data, { key, padding, saltLength: 32 });
  }
  throw new Error(`no such algorithm here: ${algorithm}`);
}

/** A compact JWS. Header and claims may be strings: they are then taken byte for byte. `signAs` forges. */
export function sign(header, claims, key, signAs) {
  const input = `${part(header)}.${part(claims)}`;
  const algorithm = signAs ?? (typeof header === 'string' ? JSON.parse(header) : header).alg;
  return `${input}.${base64url(signature(algorithm, input, key))}`;
}

/** Whether `jwt` carries a signature of `jwk`. */
export function verifies(jwt, jwk) {
  const [header, claims, mac] = jwt.split('.');
  const { alg } = decode(jwt).header;
  const key = alg === 'ES256' ? { key: importPublic(jwk), dsaEncoding: 'ieee-p1363' } : importPublic(jwk);
  return crypto.verify('sha256', Buffer.from(`${header}.${claims}`), key, Buffer.from(mac, 'base64url'));
}

/** A PKCE pair of RFC 7636, method S256. */
export function pkce(verifier = random(32)) {
  return { verifier, challenge: crypto.createHash('sha256').update(verifier).digest('base64url') };
}
