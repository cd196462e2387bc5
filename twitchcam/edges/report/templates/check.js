/* What is marked in the list of events, as a file for `twitchcam review`. Nothing is sent or stored. */
(() => {
  const box = document.getElementById("check");
  if (!box) return;
  const data = JSON.parse(box.dataset.check);
  const byId = (id) => document.getElementById(id);
  const lists = [...byId("check-rows").querySelectorAll("select")];
  const added = [];
  byId("check-who").value = data.reviewer;

  function decisions() {
    const said = data.events.flatMap(({ type, added: new_, ...event }, k) => {
      const choice = lists[k].value;
      if (new_) return choice === "keep" ? [{ action: "add", onset: event.onset, offset: event.offset, region: event.region, new_type: type }] : [];
      if (choice === "keep") return [];
      return [choice === "reject" ? { action: "reject", ...event } : { action: "relabel", ...event, new_type: choice }];
    });
    return [...said, ...added];
  }

  function count() {
    byId("check-count").textContent = `(${decisions().length})`;
  }

  function number(id) {
    const field = byId(id);
    const value = Number.parseFloat(field.value.replace(",", "."));
    if (!Number.isFinite(value) || value < 0) field.focus();
    return value;
  }

  function add() {
    const [onset, offset] = [number("check-from"), number("check-to")];
    if (!(onset >= 0 && offset > onset)) return;
    const kind = byId("check-kind");
    const event = { action: "add", onset, offset, new_type: kind.value };
    added.push(event);
    const line = document.createElement("li");
    const away = document.createElement("button");
    away.type = "button";
    away.className = "go";
    away.textContent = "×";
    away.setAttribute("aria-label", `× ${onset}`);
    away.addEventListener("click", () => {
      added.splice(added.indexOf(event), 1);
      line.remove();
      count();
    });
    line.append(`${onset} – ${offset} s, ${kind.selectedOptions[0].textContent} `, away);
    byId("check-added").append(line);
    for (const id of ["check-from", "check-to"]) byId(id).value = "";
    count();
  }

  function save() {
    const review = { reviewer: byId("check-who").value.trim(), when: new Date().toISOString().slice(0, 19) + "Z", event: decisions() };
    if (data.sha256) review.sha256 = data.sha256;
    const address = URL.createObjectURL(new Blob([JSON.stringify(review, null, 2) + "\n"], { type: "application/json" }));
    const link = document.createElement("a");
    link.href = address;
    link.download = data.file;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  }

  for (const list of lists) list.addEventListener("change", count);
  byId("check-add").addEventListener("click", add);
  byId("check-save").addEventListener("click", save);
  count();
})();
