"use strict";
// The link's token, out of the fragment, which no server sees, and out of the address bar and its history.
const form = document.querySelector("form");
const token = new URLSearchParams(location.hash.slice(1)).get("token");
if (form && form.elements.token && token) {
  form.elements.token.value = token;
  form.elements.token.parentNode.hidden = true;
  history.replaceState(null, "", location.pathname);
}
