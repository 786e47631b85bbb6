// The runtime offers a Durable Object's methods by RPC only if its class extends `DurableObject`, which a class made by
// wasm-bindgen cannot. Each class here hosts one of those and passes on what it is asked.

import { DurableObject } from "cloudflare:workers";
import worker, * as hosted from "./build/index.js";

export default worker;

const host = (Hosted) =>
  class extends DurableObject {
    #hosted;

    constructor(ctx, env) {
      super(ctx, env);
      this.#hosted = new Hosted(ctx, env);
    }

    call(command) {
      return this.#hosted.call(command);
    }

    alarm() {
      return this.#hosted.alarm();
    }
  };

export class CallerState extends host(hosted.CallerState) {}
export class RunHistory extends host(hosted.RunHistory) {}
