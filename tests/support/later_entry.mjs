// Stands in front of a worker of its own and lets its clock run ahead by the seconds of the variable CLOCK_AHEAD.
export { default } from './build/index.js';
import { env } from 'cloudflare:workers';

const present = Date.now;
Date.now = () => present() + 1000 * Number(env.CLOCK_AHEAD ?? 0);
