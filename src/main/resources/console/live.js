// An alert is shown at once, everything else every few seconds. Without a connection the page keeps what it has and says so.
const alerts = new EventSource("/console/live/alerts");
const refresh = () => htmx.trigger("#now", "alert");
alerts.addEventListener("raised", refresh);
alerts.addEventListener("cleared", refresh);
document.body.addEventListener("htmx:afterRequest", event =>
  document.body.classList.toggle("lost", !event.detail.successful));
