// The theme is set before anything is painted, so that a remembered choice never flashes.
// This file is a module of its own because the Content-Security-Policy allows no inline script.
try {
  const theme = localStorage.getItem("ostiary.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; the system's choice then holds.
}

const shell = document.getElementById("app");

try {
  const { default: init } = await import("{{module}}");
  await init({ module_or_path: "{{wasm}}" });
} catch (error) {
  const place = shell?.querySelector("[data-loading]");
  if (place) {
    place.setAttribute("role", "alert");
    place.textContent =
      "The page could not start: " + (error instanceof Error ? error.message : String(error)) +
      ". It needs a browser with WebAssembly; reload to try again.";
  }
  throw error;
}
