// The list of flags follows changes made elsewhere: the hub tells which flags changed, and their
// badges are fetched anew.
"use strict";

(() => {
  const shown = () => document.querySelectorAll("[data-flag-states]");
  let wait = 500;
  let timer = 0;

  async function refresh() {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const badges of shown()) {
      const key = CSS.escape(badges.dataset.flagStates);
      const found = fresh.querySelector(`[data-flag-states="${key}"]`);
      if (found) badges.innerHTML = found.innerHTML;
    }
  }

  function listen() {
    const address = new URL("/ws/flags/changes", location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address);
    socket.onmessage = (event) => {
      const message = JSON.parse(event.data);
      wait = 500;
      document.documentElement.dataset.flagsLive = message.version;
      if (message.type !== "flags_changed") return;
      clearTimeout(timer); // several changes at once are fetched once
      timer = setTimeout(refresh, 50);
    };
    socket.onclose = (event) => {
      delete document.documentElement.dataset.flagsLive;
      if (event.code === 4401 || event.code === 4403) return; // asking again would not help
      setTimeout(() => { listen(); refresh(); }, wait);
      wait = Math.min(wait * 2, 30000);
    };
  }

  addEventListener("DOMContentLoaded", () => { if (shown().length) listen(); });
})();
