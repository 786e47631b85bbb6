// workers-oauth-provider with its KV counted: what a deployed one waits for and pays for.

import worker from "./workers_oauth_provider.mjs";

let counts = {};

/** A store whose operations are counted. */
function counted(store) {
  return new Proxy(store, {
    get(target, name) {
      const value = target[name];
      if (typeof value !== "function") return value;
      return (...given) => {
        counts[name] = (counts[name] ?? 0) + 1;
        return value.apply(target, given);
      };
    },
  });
}

export default {
  fetch(request, env, context) {
    if (new URL(request.url).pathname !== "/counts") return worker.fetch(request, { ...env, OAUTH_KV: counted(env.OAUTH_KV) }, context);
    const found = counts;
    counts = {};
    return Response.json(found);
  },
};
