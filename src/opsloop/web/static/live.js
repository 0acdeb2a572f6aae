// Tells htmx that the page's data changed (server-sent events), and shows a slider's value while it moves.
if (document.querySelector("[data-live]") && window.EventSource) {
  const events = new EventSource("/v1/events");
  events.addEventListener("changed", () => document.body.dispatchEvent(new CustomEvent("opsloop:changed")));
}
document.addEventListener("input", (event) => {
  const shown = event.target.matches("input[type=range]") && event.target.parentElement.querySelector("output");
  if (shown) shown.value = event.target.value;
});
