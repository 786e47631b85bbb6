// What the platform calls: the handlers of a worker, and the classes of its Durable Objects.

import { DurableObject } from "cloudflare:workers";
import * as wasm from "./index.js";
import { repeated } from "{{glue}}";

// A panic leaves the WebAssembly behind it unusable: what is called next finds a fresh one, with objects of its own.
let isBroken = false;
let instance = 0;

function judge(error) {
  if (isBroken || !(error instanceof WebAssembly.RuntimeError || error?.message === "Module terminated")) return;
  console.error("panic", error);
  isBroken = true;
}

// A panic in what a callback or a promise has woken is nobody's exception.
addEventListener("error", ({ error }) => judge(error));
addEventListener("unhandledrejection", ({ reason }) => judge(reason));

function renew() {
  wasm.__wbg_reset_state();
  isBroken = false;
  instance += 1;
}

/** Calls into WebAssembly. */
function run(call, first, second, third) {
  if (isBroken) renew();
  try {
    return call(first, second, third);
  } catch (error) {
    judge(error);
    throw error;
  }
}

export default {
  fetch: (request, env, context) => repeated(request) ?? run(wasm.fetch, request, env, context),
  ...(wasm.scheduled && { scheduled: (event, env, context) => run(wasm.scheduled, event, env, context) }),
};

// The runtime offers an object's methods by RPC only if its class extends `DurableObject`, which a class made by
// wasm-bindgen cannot. Each class here hosts one of those and passes on what it is asked.
const host = (Hosted) =>
  class extends DurableObject {
    #hosted;
    #instance;

    #ask(method, argument) {
      return run(() => {
        if (this.#instance !== instance) {
          this.#hosted = new Hosted(this.ctx, this.env);
          this.#instance = instance;
        }
        return this.#hosted[method](argument);
      });
    }

    call(command) {
      return this.#ask("call", command);
    }

    alarm() {
      return this.#ask("alarm");
    }
  };

