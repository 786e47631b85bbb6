// The least that a worker can be.

export default {
  fetch() {
    return new Response(null);
  },
};
