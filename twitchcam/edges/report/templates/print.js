"use strict";
// Two pages, or everything: sources, lists and tables are opened for the latter only.
(() => {
  const page = document.documentElement;
  const folded = () => [...document.querySelectorAll("details:not([open])")];
  let opened = [];
  addEventListener("beforeprint", () => {
    if (!page.classList.contains("everything")) return;
    opened = folded();
    opened.forEach((d) => { d.open = true; });
  });
  addEventListener("afterprint", () => {
    opened.forEach((d) => { d.open = false; });
    opened = [];
    page.classList.remove("everything");
  });
  for (const button of document.querySelectorAll("[data-print]")) {
    button.addEventListener("click", () => {
      page.classList.toggle("everything", button.dataset.print === "all");
      print();
    });
  }
})();
