// The runtime offers a Durable Object's methods by RPC only if its class extends `DurableObject`, which a class made by
// wasm-bindgen cannot. Each class here hosts one of those and passes on what it is asked.

import { DurableObject } from "cloudflare:workers";
import * as hosted from "./index.js";

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

