// The worker and the classes of its Durable Objects. The build writes both; `objects.js` has one class for each in wrangler.toml.

export { default } from "./build/index.js";
export * from "./build/objects.js";
