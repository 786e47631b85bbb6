// Wraps the example worker: lets its clock run ahead by the seconds of the variable CLOCK_AHEAD, and says of
// a request with the header x-test-certificate what the platform says of a connection with a client certificate.
import { env } from 'cloudflare:workers';
import Worker from './build/index.js';

const present = Date.now;
Date.now = () => present() + 1000 * Number(env.CLOCK_AHEAD ?? 0);

export default class extends Worker {
  fetch(request) {
    const [certVerified, certFingerprintSHA256] = (request.headers.get('x-test-certificate') ?? '').split(' ');
    if (!certVerified) return super.fetch(request);
    const tlsClientAuth = { certPresented: '1', certVerified, certFingerprintSHA256 };
    return super.fetch(new Request(request, { cf: { tlsClientAuth } }));
  }
}
